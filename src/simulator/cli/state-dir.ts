/**
 * The folder of one running simulator: config.toml and anchors.pem for the agent, and control.sock for the other
 * commands. Without --folder it is `eic-simulator-<uid>` in the temporary directory.
 */
import { lstat, mkdir, realpath, stat } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { dirname, join, resolve } from "node:path";
import { codeOf, Problem } from "./problem.ts";

/** Returns the user's id. Not by os.userInfo(), which throws in a container if the user has no name. */
export const ownUid = (): number => process.getuid?.() ?? 0;

/** Returns the name of the user that runs this process. */
export function ownName(): string {
  try {
    return userInfo().username;
  } catch {
    return `<the user with id ${ownUid()}>`;
  }
}

export const defaultFolder = (): string => join(tmpdir(), `eic-simulator-${ownUid()}`);

/** Maximum bytes of a unix socket's path on Linux, without the final NUL (unix(7)). */
const SOCKET_PATH = 107;

/** @throws Problem if the path is too long for a socket */
export function controlSocket(folder: string): string {
  const path = join(resolve(folder), "control.sock");
  if (Buffer.byteLength(path) <= SOCKET_PATH) return path;
  throw new Problem(`${path} is too long for a unix socket`, "name a shorter folder with --folder");
}

/**
 * Creates the folder if it does not exist. For root all users can read it, because sshd runs the agent as another user;
 * nothing in it is secret, and the control socket has its own mode.
 * @throws Problem if another user could put files there
 */
export async function ownFolder(given: string): Promise<string> {
  const folder = resolve(given);
  const uid = ownUid();
  try {
    await mkdir(folder, { recursive: true, mode: uid === 0 ? 0o755 : 0o700 });
  } catch (error) {
    throw new Problem(`cannot make ${folder} (${codeOf(error)})`, "name another folder with --folder", {
      cause: error,
    });
  }
  // All users can write to the temporary directory: any user may have put a folder or link with that name there.
  const found = folder === defaultFolder() ? await lstat(folder) : await stat(folder);
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o022) !== 0) {
    throw new Problem(`${folder} is writable by other users`, "name another folder with --folder");
  }
  return folder;
}

/** Returns the first folder on the way up that makes the agent refuse files below it, as the agent must. */
export async function untrustedParent(folder: string): Promise<string | undefined> {
  const uid = ownUid();
  for (let at = await realpath(folder); ; at = dirname(at)) {
    const found = await stat(at);
    const sticky = (found.mode & 0o1000) !== 0;
    if (found.uid !== 0 && found.uid !== uid) return at;
    if ((found.mode & 0o022) !== 0 && !sticky) return at;
    if (at === dirname(at)) return undefined;
  }
}
