/**
 * Whether RevokedKeys has a key, as sshd finds out (authfile.c, sshkey_check_revoked): a KRL is ssh-keygen's to read,
 * anything else is a list of public keys, a line each, of which one that is no key makes sshd refuse every key.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Exec, systemPrograms } from "../../inspect/exec.ts";
import type { LoginFacts } from "../facts.ts";
import type { LoginKey } from "../keys.ts";
import { revokedByList } from "../revoked-list.ts";

/** krl.h: KRL_MAGIC. */
const KRL = Buffer.from("SSHKRL\n\0", "latin1");

/** @param line `type base64` */
export async function isRevoked(
  { revocation }: LoginFacts,
  line: string,
  programs: Exec = systemPrograms,
): Promise<LoginKey["revoked"]> {
  if (revocation.kind === "none") return "no";
  if (revocation.kind !== "read") return undefined;
  const { content } = revocation;
  return content.subarray(0, KRL.length).equals(KRL) ? byKrl(content, line, programs) : revokedByList(content, line);
}

async function byKrl(content: Buffer, line: string, programs: Exec): Promise<LoginKey["revoked"]> {
  const keygen = programs.find("ssh-keygen");
  if (keygen === undefined) return undefined;
  let folder: string | undefined;
  try {
    // The file itself may be root's alone, and `explain` is not root any more: what was read of it before is asked.
    folder = mkdtempSync("/tmp/eic-agent-");
    writeFileSync(join(folder, "krl"), content, { mode: 0o600 });
    writeFileSync(join(folder, "key.pub"), `${line}\n`, { mode: 0o600 });
    const { status, stdout, stderr } = await programs.run(keygen, [
      "-Q",
      "-f",
      join(folder, "krl"),
      join(folder, "key.pub"),
    ]);
    if (status === 0) return "no";
    return /\bREVOKED\b/.test(stdout + stderr) ? "yes" : "error";
  } catch {
    return undefined;
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}
