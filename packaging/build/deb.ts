/** Builds the Debian package: the staged tree with control files, packed by dpkg-deb. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, lutimesSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Order, programFor } from "./build-spec.ts";
import { MAINTAINER, packageVersion } from "./changelog.ts";
import type { Entry } from "./contents.ts";
import { debianLibraries } from "./depends.ts";
import { DESCRIPTION, SUMMARY } from "./description.ts";
import { readElf } from "./elf.ts";
import { PROCESSORS } from "./processors.ts";
import { withParts } from "./scripts.ts";
import { stage } from "./stage.ts";

const SCRIPTS = ["preinst", "postinst", "prerm", "postrm"] as const;

/**
 * Compression options. Every dpkg reads xz and gzip; zstd saves a second, but dpkg of Debian 11 cannot read it.
 * One thread is used: with more, the bytes could depend on the machine.
 */
const COMPRESSION = { release: ["-Zxz", "-z6"], quick: ["-Zgzip", "-z1"] } as const;

export const debName = ({ version, cpu }: Pick<Order, "version" | "cpu">): string =>
  `eic-agent_${packageVersion(version)}_${PROCESSORS[cpu].deb}.deb`;

/** @returns the path of the package */
export function makeDeb(entries: readonly Entry[], order: Order): string {
  const { folder, to, time, compression } = order;
  const root = join(folder, "deb");
  stage(entries, root, time);

  const control = join(root, "DEBIAN");
  mkdirSync(control);
  const files: [name: string, text: string, mode: number][] = [
    ["control", controlFile(root, entries, order), 0o644],
    ["md5sums", md5sums(root, entries), 0o644],
    ...SCRIPTS.map((name): [string, string, number] => [name, withParts(`packaging/deb/${name}`), 0o755]),
  ];
  for (const [name, text, mode] of files) {
    writeFileSync(join(control, name), text);
    chmodSync(join(control, name), mode);
    lutimesSync(join(control, name), time, time);
  }
  chmodSync(control, 0o755);
  for (const changed of [control, root]) lutimesSync(changed, time, time);

  const path = join(to, debName(order));
  execFileSync("dpkg-deb", ["--root-owner-group", ...COMPRESSION[compression], "--build", root, path], {
    env: { ...process.env, SOURCE_DATE_EPOCH: String(time), DPKG_DEB_THREADS_MAX: "1" },
    stdio: ["ignore", "ignore", "inherit"],
  });
  return path;
}

/** Returns the control file: deb-control(5). It has no Source, which is for packages built from a source package. */
function controlFile(root: string, entries: readonly Entry[], { version, cpu }: Order): string {
  const libraries = debianLibraries(readElf(programFor(cpu)));
  return [
    "Package: eic-agent",
    `Version: ${packageVersion(version)}`,
    `Architecture: ${PROCESSORS[cpu].deb}`,
    `Maintainer: ${MAINTAINER}`,
    `Installed-Size: ${installedSize(root, entries)}`,
    // passwd: for useradd, if systemd-sysusers is not available.
    `Depends: ${[...libraries, "openssh-server", "passwd"].join(", ")}`,
    // sshd uses only one AuthorizedKeysCommand, and AWS's package overrides sshd's ExecStart with its own.
    "Provides: ec2-instance-connect",
    "Conflicts: ec2-instance-connect",
    "Replaces: ec2-instance-connect",
    "Section: net",
    "Priority: optional",
    `Description: ${SUMMARY}`,
    ...DESCRIPTION.split("\n").map((line) => (line === "" ? " ." : ` ${line}`)),
    "",
  ].join("\n");
}

/** Returns the size in KiB as dpkg-gencontrol counts it: each file rounded up, and one for any other entry. */
function installedSize(root: string, entries: readonly Entry[]): number {
  const sizes = entries.map((entry) =>
    entry.kind === "file" ? Math.ceil(readFileSync(join(root, entry.path)).length / 1024) : 1,
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

function md5sums(root: string, entries: readonly Entry[]): string {
  const files = entries.filter(({ kind }) => kind === "file").map(({ path }) => path.slice(1));
  const sum = (path: string) =>
    createHash("md5")
      .update(readFileSync(join(root, path)))
      .digest("hex");
  return files
    .sort()
    .map((path) => `${sum(path)}  ${path}\n`)
    .join("");
}
