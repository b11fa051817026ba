/**
 * A child process that holds something as long as this process lives: a lock, a namespace. It prints one line when it holds
 * it, and ends when its standard input closes. A failed start (EMFILE, EAGAIN, ENOMEM) is a result, not an exception.
 */
import { type ChildProcess, spawn } from "node:child_process";

export interface Helper {
  readonly pid: number;
  end(): Promise<void>;
}

export type Started =
  | { readonly kind: "holds"; readonly helper: Helper }
  /** It ended without printing its word. */
  | { readonly kind: "ended"; readonly status: number | undefined; readonly said: string };

/** @param word the beginning of its output once it holds what it was started for */
export async function startHelper(program: string, words: readonly string[], word: string): Promise<Started> {
  const { promise, resolve } = Promise.withResolvers<Started>();
  let child: ChildProcess;
  try {
    child = spawn(program, words, {
      cwd: "/",
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
      stdio: ["pipe", "pipe", "ignore"],
      // Ctrl-C must reach only this process: the helper ends with it.
      detached: true,
    });
  } catch (error) {
    return { kind: "ended", status: undefined, said: error instanceof Error ? error.message : String(error) };
  }
  const ended = new Promise<void>((done) => {
    child.once("error", ({ message }) => {
      resolve({ kind: "ended", status: undefined, said: message });
      done();
    });
    child.once("close", (status) => {
      resolve({ kind: "ended", status: status ?? undefined, said: "" });
      done();
    });
  });
  // Without descriptors for them the streams are undefined, contrary to the types.
  child.stdin?.on("error", () => {});
  child.stdout?.once("data", (data) => {
    if (!String(data).startsWith(word) || child.pid === undefined) return;
    const end = async () => {
      child.stdin?.end();
      await ended;
    };
    resolve({ kind: "holds", helper: { pid: child.pid, end } });
  });
  return promise;
}
