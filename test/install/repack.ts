/** Other forms of a Debian package that was built: those whose program cannot run. */
import { chmodSync, closeSync, openSync, rmSync, writeSync } from "node:fs";
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
