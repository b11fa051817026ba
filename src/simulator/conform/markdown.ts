/** docs/conformance.md: the requirements as a page. It is generated, so that it cannot differ from what is tested. */
import type { Requirement } from "./requirement.ts";

const TOPICS: Readonly<Record<string, string>> = {
  DOC: "The key document",
  KEY: "Key lines",
  SIG: "Signatures",
  CHAIN: "The signer's certificates",
  OCSP: "Revocation",
  ID: "The instance",
  USER: "The user",
  FP: "The offered key",
  IMDS: "The metadata service",
  TIME: "Time",
  CONC: "Many calls at once",
  OUT: "The answer",
};

const INTRODUCTION = `# Conformance

Requirements for a command that sshd runs as \`AuthorizedKeysCommand\` for EC2 Instance Connect. \`eic-simulator conform\` tests any such command, in any language, against all of them.

This page is generated: \`eic-simulator conform --markdown\`.

- **MUST**: a standard, a manual or AWS's documentation requires it, or AWS's reference agent does it, too.
- **SHOULD**: a command that does not meet it is worse, but is not wrong. With \`--strict\` these requirements count as well.

An id is never given to another requirement. Each line below a requirement is a case.

## How to run it

\`\`\`sh
sudo eic-simulator conform -- /usr/bin/eic-agent authorized-keys --config {config} -- {user} {fingerprint}
sudo eic-simulator conform --only 'CHAIN-*,OCSP-*' --keep wrong -- /path/to/command {user} {fingerprint}
\`\`\`

The command runs in a private network namespace, in which the simulator is the metadata service at 169.254.169.254 and fd00:ec2::254. There, the machine is an EC2 instance: \`/sys\` has an instance's identity, and the users of the cases exist. Nothing of this system changes, but the command sees its files, and its log. The names in braces are replaced:

| placeholder | variable | what |
|---|---|---|
| \`{user}\` | | the user who logs in, \`%u\` in sshd_config |
| \`{fingerprint}\` | | the offered key's, \`SHA256:…\`, \`%f\`. Without this placeholder, FP is not asked, and every served key must be printed at once |
| \`{anchors}\` | \`EIC_CONFORM_ANCHORS\` | PEM file of the roots that the command must trust |
| \`{capath}\` | \`EIC_CONFORM_CAPATH\` | the same as a folder for openssl's \`-CApath\` (the names by hash need \`openssl\`) |
| \`{config}\` | \`EIC_CONFORM_CONFIG\` | settings for \`eic-agent --config\` with these roots |
| | \`EIC_CONFORM_FOLDER\` | an empty folder for files of the adapter |

\`--prepare LINE\` is the adapter of another command: a line for \`sh\` that runs as root before each case, with these variables, in the same namespaces. It can mount files over others, since these mounts exist only there. A command that keeps data between calls must lose them in this line. Several lanes run at once, each in its own namespaces, so files that are not in \`EIC_CONFORM_FOLDER\` are shared.

\`\`\`sh
# trusts the system's store, as the reference agent does
sudo eic-simulator conform --prepare 'mountpoint -q /etc/ssl/certs || mount --bind "$EIC_CONFORM_CAPATH" /etc/ssl/certs' -- \\
  /opt/aws/bin/eic_run_authorized_keys {user} {fingerprint}
\`\`\`

To run the command as another user, as sshd does, put \`runuser -u NAME --\` before it.

Exit status: 0 if all requirements are met (with \`--strict\`, the SHOULDs, too), 1 if not, 2 for an invalid command line. A case that fails shows what was served, what was requested and printed, and what would have been right. \`--keep DIR\` writes what was served, in the form of this project's vectors, into a folder for each failed case. \`--json\` prints everything as one object.
`;

export function markdown(requirements: readonly Requirement[]): string {
  const topics = [...new Set(requirements.map(topicOf))];
  const count = requirements.reduce((sum, { cases }) => sum + cases.length, 0);
  const musts = requirements.filter(({ level }) => level === "MUST").length;
  const total = `${requirements.length} requirements (${musts} MUST, ${requirements.length - musts} SHOULD), ${count} cases.\n`;
  const sections = topics.map((topic) => {
    const these = requirements.filter((one) => topicOf(one) === topic);
    return `## ${TOPICS[topic] ?? topic}\n\n${these.map(entry).join("\n")}`;
  });
  return `${[INTRODUCTION, total, ...sections].join("\n").trimEnd()}\n`;
}

const topicOf = ({ id }: Requirement): string => id.replace(/-\d+$/, "");

function entry({ id, level, text, source, cases }: Requirement): string {
  const lines = cases.map(({ served }) => `- if ${escaped(served)}`);
  return `**${id} (${level})** ${escaped(text)}\nSource: ${escaped(source)}\n\n${lines.join("\n")}\n`;
}

/** Markdown's characters in a text; underscores and asterisks occur in names. */
const escaped = (text: string): string => text.replace(/[*_<>]/g, "\\$&");
