/** Calls the command as sshd does: without a terminal and standard input, with the few variables that sshd sets. */
import { spawn } from "node:child_process";
import { resetPriority } from "../cli/priority.ts";
import { messageOf } from "../cli/problem.ts";
import type { Answer, Ask } from "./requirement.ts";

/** Variables of the adapter: EIC_CONFORM_…, by name. */
export type Variables = Readonly<Record<string, string>>;

export interface Command {
  readonly words: readonly string[];
  readonly variables: Variables;
  /** Seconds after which it is killed. */
  readonly limit: number;
}

/** Bytes of output that are kept; a command that prints more is killed. */
const OUTPUT = 1024 * 1024;

/** The placeholders of a command line, and the text for each. */
export const placeholders = (ask: Ask, variables: Variables): Record<string, string> => ({
  "{user}": ask.user,
  "{fingerprint}": ask.fingerprint,
  "{config}": variables.EIC_CONFORM_CONFIG ?? "",
  "{anchors}": variables.EIC_CONFORM_ANCHORS ?? "",
  "{capath}": variables.EIC_CONFORM_CAPATH ?? "",
});

/** Returns a command line with the placeholders of all words replaced. */
export function filled(words: readonly string[], texts: Readonly<Record<string, string>>): string[] {
  return words.map((word) => word.replace(/\{[a-z]+\}/g, (name) => texts[name] ?? name));
}

export function call({ words, variables, limit }: Command, ask: Ask): Promise<Answer> {
  const [program = "", ...rest] = filled(words, placeholders(ask, variables));
  const begun = performance.now();
  // OpenSSH's subprocess() sets these four. It changes to the folder "/".
  const env = { PATH: "/usr/bin:/bin:/usr/sbin:/sbin", USER: "root", LOGNAME: "root", HOME: "/root", ...variables };
  const child = spawn(program, rest, { stdio: ["ignore", "pipe", "pipe"], env, cwd: "/", detached: true });
  resetPriority(child.pid);
  const said = { stdout: "", stderr: "" };
  let killed = false;
  const kill = () => {
    killed = true;
    try {
      // Its whole group: what a script has started must not outlive it.
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch {
      // ESRCH: it has ended.
    }
    child.stdout.destroy();
    child.stderr.destroy();
  };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      said[name] += text;
      if (said[name].length > OUTPUT) kill();
    });
  }
  const timer = setTimeout(kill, limit * 1000);
  return new Promise((resolve, reject) => {
    child.once("error", (error) => {
      clearTimeout(timer);
      reject(new Error(`cannot run ${program}: ${messageOf(error)}`));
    });
    child.once("close", (status) => {
      clearTimeout(timer);
      resolve({ ...ask, status, ...said, killed, milliseconds: Math.round(performance.now() - begun) });
    });
  });
}
