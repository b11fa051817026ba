/**
 * The unit whose command line sshd has: of the service, or, if a socket starts an sshd for each connection (EL, Debian 11), of
 * those.
 */
import type { ConfigFiles } from "./config-walk.ts";
import type { Exec } from "./exec.ts";
import { findSshd } from "./sshd-process.ts";
import { PER_CONNECTION, type SshdUnit, sshdUnit } from "./unit.ts";

/** @returns undefined if there is no such unit, or it starts nothing */
export async function startingUnit(files: ConfigFiles, programs: Exec): Promise<SshdUnit | undefined> {
  const { kind } = await findSshd(programs.find("sshd") ?? "", undefined, programs);
  return sshdUnit(files, kind === "per-connection" ? PER_CONNECTION : undefined);
}
