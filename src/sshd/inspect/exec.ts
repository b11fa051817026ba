/**
 * src/sshd inspects sshd's configuration and changes it: what is in force according to sshd, which file sets it, and whether
 * sshd would run the program that is named there. No login loads this code. This file runs programs of the system. It finds
 * them at known places, never by a caller's PATH, and passes them nothing of this process's environment.
 */
import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";

/** The result of a program. `failed` is set if it could not be started, or did not end in time. */
export interface ExecResult {
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly failed?: string;
}

/**
 * Returns why a program failed, never an empty text: sshd with LogLevel QUIET, for example, prints no reason.
 * @param what the program and its words, for a failure without a reason
 * @param line the line of standard error that has the reason
 * @returns undefined if it succeeded
 */
export function failureOf(
  what: string,
  { status, failed, stderr }: ExecResult,
  line: "first" | "last" = "first",
): string | undefined {
  if (status === 0) return undefined;
  const said =
    stderr
      .trim()
      .split("\n")
      .at(line === "first" ? 0 : -1) ?? "";
  return failed ?? (said === "" ? `${what} ended with status ${status} and printed no reason` : said);
}

/** Programs of the system, passed in so that the code that judges their output can be tested without them. */
export interface Exec {
  /** Returns the absolute path of a program; undefined if it is at none of the known places. */
  find(name: string): string | undefined;
  /** Runs a program to its end with an empty standard input. Never throws. */
  run(program: string, words: readonly string[]): Promise<ExecResult>;
  /** Whether this process is root. */
  readonly root: boolean;
}

/** Root's directories, in the order in which distributions have used them; /usr/local is for local builds. */
const PLACES = ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin"];
/** Milliseconds; `sshd -T` takes 10, a large journal some seconds. */
const LIMIT_MS = 10_000;
/** Maximum bytes of output. */
const LIMIT_BYTES = 4 * 1024 * 1024;

export const systemPrograms: Exec = {
  find: (name) => PLACES.map((place) => `${place}/${name}`).find(isExecutable),
  run,
  root: process.geteuid?.() === 0,
};

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function run(program: string, words: readonly string[]): Promise<ExecResult> {
  const { promise, resolve } = Promise.withResolvers<ExecResult>();
  const options = {
    cwd: "/",
    env: { PATH: PLACES.join(":"), LC_ALL: "C" },
    timeout: LIMIT_MS,
    killSignal: "SIGKILL",
    maxBuffer: LIMIT_BYTES,
    encoding: "utf8",
  } as const;
  const child = execFile(program, words, options, (error, stdout, stderr) => {
    const said = { stdout, stderr };
    if (error === null) resolve({ status: 0, ...said });
    else if (typeof error.code === "number") resolve({ status: error.code, ...said });
    else
      resolve({
        status: undefined,
        ...said,
        failed: error.killed ? `did not end within ${LIMIT_MS} ms` : error.message,
      });
  });
  child.stdin?.end();
  return promise;
}
