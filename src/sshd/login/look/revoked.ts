/**
 * Checks whether RevokedKeys has a key, as sshd does (authfile.c, sshkey_check_revoked). ssh-keygen reads a KRL. Any other
 * file is a list of public keys, one per line, in which an invalid line makes sshd refuse every key.
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
  for (const content of revocation.contents) {
    const isKrl = content.subarray(0, KRL.length).equals(KRL);
    const found = isKrl ? await byKrl(content, line, programs) : revokedByList(content, line);
    // The first file that has the key, or cannot be used, is enough for a refusal.
    if (found !== "no") return found;
  }
  return "no";
}

async function byKrl(content: Buffer, line: string, programs: Exec): Promise<LoginKey["revoked"]> {
  const keygen = programs.find("ssh-keygen");
  if (keygen === undefined) return undefined;
  let folder: string | undefined;
  try {
    // Only root may be able to read the file itself, and `explain` has given up root by now: a copy of the content is
    // checked.
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
