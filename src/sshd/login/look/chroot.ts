/** Checks a ChrootDirectory as sshd does (session.c): each part is a directory, root's, and only root may write to it. */
import { statSync } from "node:fs";
import { codeOf } from "../../../errno.ts";
import type { PasswdEntry } from "../facts.ts";

/** @param value with sshd's tokens, as `sshd -T` prints it */
export function chrootFlaw(value: string, { name, home, uid }: PasswdEntry): string | undefined {
  if (value.toLowerCase() === "none") return undefined;
  const tokens: Readonly<Record<string, string>> = { "%": "%", h: home, u: name, U: String(uid) };
  const path = value.replace(/%(.)/g, (whole, letter: string) => tokens[letter] ?? whole);
  if (!path.startsWith("/")) return `${path} does not begin with /`;
  const parts = path.split("/").filter((part) => part !== "");
  for (let length = 0; length <= parts.length; length += 1) {
    const part = `/${parts.slice(0, length).join("/")}`;
    try {
      const stats = statSync(part);
      if (!stats.isDirectory()) return `${part} is not a folder`;
      if (stats.uid !== 0) return `${part} belongs to user ${stats.uid}`;
      if ((stats.mode & 0o022) !== 0) return `${part} is writable by group or others`;
    } catch (error) {
      return `${part}: ${codeOf(error)}`;
    }
  }
  return undefined;
}
