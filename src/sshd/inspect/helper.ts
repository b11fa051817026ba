/**
 * A program that holds something for us as long as we live: a lock, a namespace. It says one line when it has it, and ends
 * when its standard input does. That it cannot be started (EMFILE, EAGAIN, ENOMEM) is an answer like another.
 */
import { type ChildProcess, spawn } from "node:child_process";

export interface Helper {
  readonly pid: number;
  end(): Promise<void>;
}

export type Started =
  | { readonly kind: "holds"; readonly helper: Helper }
  /** It ended without its word. */
  | { readonly kind: "ended"; readonly status: number | undefined; readonly said: string };

/** @param word what it says first */
export async function startHelper(program: string, words: readonly string[], word: string): Promise<Started> {
  const { promise, resolve } = Promise.withResolvers<Started>();
  let child: ChildProcess;
  try {
    child = spawn(program, words, {
      cwd: "/",
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
      stdio: ["pipe", "pipe", "ignore"],
      // Ctrl-C is for us alone: what it holds ends with us.
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
  // Without descriptors for them there are no streams, whatever the types say.
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
