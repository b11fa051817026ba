/** Contents of the packages: every file, link and folder, with its mode. Nothing else is packed. root owns all of it. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { programFor, relayFor, trialFor } from "./build-spec.ts";
import { packagesInside } from "./bundled-packages.ts";
import { debianChangelog } from "./changelog.ts";
import { copyrightFile } from "./copyright.ts";
import { examples } from "./examples.ts";
import type { Cpu } from "./processors.ts";
import { linkedFor } from "./relay-licences.ts";

export type Format = "deb" | "rpm";

interface Place {
  /** Absolute, as installed. */
  readonly path: string;
  /** If set, only packages of that format contain it; otherwise both do. */
  readonly only?: Format;
}
export type Entry = Place &
  (
    | { readonly kind: "file"; readonly mode: 0o644 | 0o755; readonly from: string }
    | { readonly kind: "file"; readonly mode: 0o644; readonly bytes: string | Uint8Array }
    | { readonly kind: "link"; readonly target: string }
    /** A folder that only this package has. Folders that other packages also have are not listed. */
    | { readonly kind: "folder" }
  );

const DOC = "/usr/share/doc/eic-agent";

/** The packages enable and start the socket. An administrator enables the timers. */
const UNITS = [
  "eic-agent.socket",
  "eic-agent.service",
  "eic-agent-metrics.timer",
  "eic-agent-metrics.service",
  "eic-agent-metrics-host.timer",
  "eic-agent-metrics-host.service",
];

/**
 * @param program replaces the executable, for tests
 * @throws Error if a file to be packed is missing
 */
export const contents = (cpu: Cpu, format: Format, program = programFor(cpu)): Entry[] =>
  everything(cpu, program).filter(({ only }) => only === undefined || only === format);

function everything(cpu: Cpu, program: string): Entry[] {
  const copyright = copyrightFile(packagesInside(), linkedFor(cpu));
  return [
    { path: "/usr/bin/eic-agent", kind: "file", mode: 0o755, from: program },
    { path: "/usr/bin/eic-simulator", kind: "link", target: "eic-agent" },
    { path: "/usr/libexec/eic-agent", kind: "folder" },
    { path: "/usr/libexec/eic-agent/authorized-keys", kind: "file", mode: 0o755, from: relayFor(cpu) },
    { path: "/usr/libexec/eic-agent/trial", kind: "file", mode: 0o755, from: trialFor(cpu) },
    { path: "/etc/eic-agent", kind: "folder" },
    text("/usr/lib/sysusers.d/eic-agent.conf", readFileSync("systemd/sysusers.d/eic-agent.conf")),
    text("/usr/lib/tmpfiles.d/eic-agent.conf", readFileSync("systemd/tmpfiles.d/eic-agent.conf")),
    // Not below /lib, which is only a link to /usr/lib (and Debian 13 does not permit packages to install files there).
    ...UNITS.map((unit) => text(`/usr/lib/systemd/system/${unit}`, readFileSync(`systemd/${unit}`))),
    {
      ...text("/usr/lib/systemd/system-preset/80-eic-agent.preset", readFileSync("packaging/rpm/eic-agent.preset")),
      only: "rpm",
    },
    // For the rpm, a separate package contains it and loads it.
    {
      ...text("/usr/share/selinux/packages/eic_agent.cil", readFileSync("packaging/selinux/eic_agent.cil")),
      only: "deb",
    },
    ...manuals(),
    ...["eic-agent", "eic-simulator"].flatMap(completions),
    { path: DOC, kind: "folder" },
    text(`${DOC}/config.toml`, readFileSync("packaging/config.toml")),
    ...documents(),
    ...examples(`${DOC}/examples`),
    { ...text(`${DOC}/copyright`, copyright), only: "deb" },
    { ...text(`${DOC}/changelog.gz`, zipped(debianChangelog())), only: "deb" },
    { ...text("/usr/share/lintian/overrides/eic-agent", readFileSync("packaging/deb/lintian-overrides")), only: "deb" },
    { path: "/usr/share/licenses/eic-agent", kind: "folder", only: "rpm" },
    { ...text("/usr/share/licenses/eic-agent/copyright", copyright), only: "rpm" },
  ];
}

const text = (path: string, bytes: string | Uint8Array) => ({ path, kind: "file", mode: 0o644, bytes }) as const;

/** Compresses a text without name and time, so that the same text gives the same bytes. */
const zipped = (bytes: string | Uint8Array): Uint8Array => gzipSync(bytes, { level: 9 });

function manuals(): Entry[] {
  const pages = ["eic-agent.1", "eic-simulator.1", "eic-agent.toml.5"];
  return pages.map((page) =>
    text(`/usr/share/man/man${page.at(-1)}/${page}.gz`, zipped(readFileSync(`packaging/man/${page}`))),
  );
}

/** Documentation for operators. Links between these pages work; links to pages for developers do not. */
function documents(): Entry[] {
  const pages = readdirSync("docs").filter((name) => name.endsWith(".md"));
  return [
    text(`${DOC}/README.md`, readFileSync("README.md")),
    text(`${DOC}/SECURITY.md`, readFileSync("SECURITY.md")),
    { ...text(`${DOC}/CHANGELOG.md`, readFileSync("CHANGELOG.md")), only: "rpm" },
    { path: `${DOC}/docs`, kind: "folder" },
    ...pages.sort().map((page) => text(`${DOC}/docs/${page}`, readFileSync(`docs/${page}`))),
  ];
}

/** Completion files at the paths where the shells of each family of systems search. */
const completions = (program: string): Entry[] => [
  text(`/usr/share/bash-completion/completions/${program}`, completion("bash", program)),
  { ...text(`/usr/share/zsh/vendor-completions/_${program}`, completion("zsh", program)), only: "deb" },
  { ...text(`/usr/share/zsh/site-functions/_${program}`, completion("zsh", program)), only: "rpm" },
  text(`/usr/share/fish/vendor_completions.d/${program}.fish`, completion("fish", program)),
];

/** Returns the completion script that the program itself prints. */
function completion(shell: "bash" | "zsh" | "fish", program: string): string {
  const bundle = "dist/eic-agent.cjs";
  if (!existsSync(bundle)) throw new Error(`${bundle} is missing`);
  return execFileSync(process.execPath, [bundle, "completion", shell, program], { encoding: "utf8" });
}
