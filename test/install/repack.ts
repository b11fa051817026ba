/** Makes variants of a built Debian package: its program cannot run, its socket differs, or it cannot be unpacked. */
import {
  appendFileSync,
  chmodSync,
  closeSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { mustRun } from "../support/namespace-run.ts";

/** Path in the unpacked package. */
const PROGRAM = "usr/bin/eic-agent";

/**
 * Writes a changed copy of a package.
 * @param from the package
 * @param to path of the changed package
 * @param change changes the unpacked package in this folder
 */
export async function repack(from: string, to: string, change: (folder: string) => void): Promise<void> {
  const folder = `${to}.unpacked`;
  rmSync(folder, { recursive: true, force: true });
  try {
    await mustRun(["dpkg-deb", "--raw-extract", from, folder]);
    change(folder);
    await mustRun(["dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "--build", folder, to]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Offset of e_machine in an ELF header, and its value for a processor that no test machine has (elf.h: EM_SPARC). */
const E_MACHINE = 18;
const EM_SPARC = 2;

/** Makes the program one for another processor, as after a forced installation of another processor's package. */
export function asForeign(folder: string): void {
  const program = openSync(join(folder, PROGRAM), "r+");
  writeSync(program, Buffer.of(EM_SPARC, 0), 0, 2, E_MACHINE);
  closeSync(program);
}

export const asLocked = (folder: string): void => chmodSync(join(folder, PROGRAM), 0o000);

/** Sets another version, and another queue length for the socket. */
export const asReshaped =
  (version: string) =>
  (folder: string): void => {
    setVersion(folder, version);
    appendFileSync(join(folder, "usr/lib/systemd/system/eic-agent.socket"), "\n[Socket]\nBacklog=1000\n");
  };

/** Writes a preinst that fails. dpkg calls it before it unpacks anything. */
export const asFailing = (folder: string): void =>
  writeFileSync(join(folder, "DEBIAN/preinst"), "#!/bin/sh\necho 'this preinst fails' >&2\nexit 1\n");

export function setVersion(folder: string, version: string): void {
  const path = join(folder, "DEBIAN/control");
  writeFileSync(path, readFileSync(path, "utf8").replace(/^Version: .*$/m, `Version: ${version}`));
}
