/** Programs that we are told to run: by the rule that sshd has for its AuthorizedKeysCommand, checked before the run. */
import { accessSync, closeSync, constants, openSync, readSync, statSync } from "node:fs";
import { Fault } from "../verify/errors.ts";
import { checkOwnerAndMode, codeOf, resolvePath, unreadable } from "./trusted-files.ts";

/**
 * An absolute path to a regular file that may be executed; it and every folder on the way root's, and nobody else's to
 * write (OpenSSH, misc.c, subprocess and safe_path). No exception for sticky folders or one's own files: sshd has none.
 * Stricter than sshd in two things: folders in which links lie count, too, and a text that names no interpreter is
 * refused here, where sshd fails to execute it and others would hand it to a shell.
 * @throws Fault FILE_UNREADABLE, FILE_UNTRUSTED
 */
export function checkTrustedProgram(path: string): void {
  const file = { path, mayBeOwn: false };
  if (!path.startsWith("/")) throw unreadable(file, "not an absolute path");
  try {
    // First as the kernel goes: it says more of what is missing.
    const { dev, ino } = statSync(path);
    const found = resolvePath(file, (folder) => checkOwnerAndMode(file, folder, statSync(folder)));
    const stats = statSync(found);
    if (stats.dev !== dev || stats.ino !== ino) throw unreadable(file, "changed while it was looked at");
    if (!stats.isFile()) throw unreadable(file, "not a regular file");
    checkOwnerAndMode(file, found, stats);
    accessSync(found, constants.X_OK);
    if (!isExecutableFormat(found)) throw unreadable(file, "no program, and no script that begins with #!");
  } catch (error) {
    throw error instanceof Fault ? error : unreadable(file, codeOf(error), error);
  }
}

/** What may be run and not be read is a program: scripts are read by their interpreter. */
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
