/** Other forms of a Debian package that was built: whose program cannot run, whose socket is another, which cannot be unpacked. */
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

/** In the unpacked package. */
const PROGRAM = "usr/bin/eic-agent";

/**
 * @param from the package
 * @param to where the other one is written
 * @param change of the unpacked package in this folder
 */
export async function repack(from: string, to: string, change: (folder: string) => void): Promise<void> {
  const folder = `${to}.unpacked`;
  rmSync(folder, { recursive: true, force: true });
  try {
    await mustRun(["dpkg-deb", "--raw-extract", from, folder]);
    change(folder);
    await mustRun(["dpkg-deb", "--root-owner-group", "-Zzstd", "-z1", "--build", folder, to]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** e_machine of an ELF file's header, and of a processor that no machine here has (elf.h: EM_SPARC). */
const E_MACHINE = 18;
const EM_SPARC = 2;

/** As the package of another processor, installed by force. */
export function asForeign(folder: string): void {
  const program = openSync(join(folder, PROGRAM), "r+");
  writeSync(program, Buffer.of(EM_SPARC, 0), 0, 2, E_MACHINE);
  closeSync(program);
}

export const asLocked = (folder: string): void => chmodSync(join(folder, PROGRAM), 0o000);

/** With a socket that has another length of queue. */
export const asReshaped =
  (version: string) =>
  (folder: string): void => {
    setVersion(folder, version);
    appendFileSync(join(folder, "usr/lib/systemd/system/eic-agent.socket"), "\n[Socket]\nBacklog=1000\n");
  };

/** With a preinst that dpkg calls before anything is unpacked, and that fails. */
export const asFailing = (folder: string): void =>
  writeFileSync(join(folder, "DEBIAN/preinst"), "#!/bin/sh\necho 'this preinst fails' >&2\nexit 1\n");

export function setVersion(folder: string, version: string): void {
  const path = join(folder, "DEBIAN/control");
  writeFileSync(path, readFileSync(path, "utf8").replace(/^Version: .*$/m, `Version: ${version}`));
}
