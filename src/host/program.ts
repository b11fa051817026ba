/** Checks a configured program before it is run, by the rule that sshd has for its AuthorizedKeysCommand. */
import { accessSync, closeSync, constants, openSync, readSync, statSync } from "node:fs";
import { codeOf } from "../errno.ts";
import { Fault } from "../verify/errors.ts";
import { checkOwnerAndMode, resolvePath, unreadable } from "./trusted-files.ts";

/**
 * Checks that the path is absolute and names a regular, executable file. The file and every folder on the way must be owned
 * by root and writable only by root (OpenSSH, misc.c, subprocess and safe_path). Like sshd, it makes no exception for sticky
 * folders or the user's own files. It is stricter in two points: folders that contain links are checked too, and a text file
 * without an interpreter line is refused; sshd fails to execute it, and other programs would pass it to a shell.
 * @throws Fault FILE_UNREADABLE, FILE_UNTRUSTED
 */
export function checkTrustedProgram(path: string): void {
  const file = { path, allowOwnFiles: false };
  if (!path.startsWith("/")) throw unreadable(file, "not an absolute path");
  try {
    // First resolved by the kernel, whose error says more about what is missing.
    const { dev, ino } = statSync(path);
    const found = resolvePath(file, (folder) => checkOwnerAndMode(file, folder, statSync(folder)));
    const stats = statSync(found);
    if (stats.dev !== dev || stats.ino !== ino) throw unreadable(file, "changed while it was checked");
    if (!stats.isFile()) throw unreadable(file, "not a regular file");
    checkOwnerAndMode(file, found, stats);
    accessSync(found, constants.X_OK);
    if (!isExecutableFormat(found)) throw unreadable(file, "neither a program nor a script that begins with #!");
  } catch (error) {
    throw error instanceof Fault ? error : unreadable(file, codeOf(error), error);
  }
}

/** Checks for ELF or #!. An executable file that is not readable is a program: a script must be readable. */
function isExecutableFormat(path: string): boolean {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY);
  } catch (error) {
    if (codeOf(error) === "EACCES") return true;
    throw error;
  }
  try {
    const head = Buffer.alloc(4);
    readSync(fd, head);
    return head.toString("latin1") === "\x7fELF" || head.toString("latin1", 0, 2) === "#!";
  } finally {
    closeSync(fd);
  }
}
