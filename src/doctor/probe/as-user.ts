/**
 * Asks the metadata service as another user. Firewalls filter its address by user, so an answer to root proves nothing about
 * a login. A process cannot change back from another user, so a child process becomes that user: this program again, with
 * `doctor --ask-as NAME`, which prints its findings as JSON.
 */
import { execFile } from "node:child_process";
import { statSync } from "node:fs";
import { becomeUser } from "../../explain/become-user.ts";
import { lookUpAccount } from "../../sshd/inspect/accounts.ts";
import { type Exec, systemPrograms } from "../../sshd/inspect/exec.ts";
import type { Finding } from "../finding.ts";
import { metadataFindings } from "./asked.ts";
import { lookAtMachine } from "./machine.ts";

/** Milliseconds; longer than all requests take (metadata.ts). */
const CHILD_MS = 30_000;
/** Maximum bytes of the child's output. */
const MOST = 1024 * 1024;

/**
 * Runs in the child. Settings, anchors and identity are read before the user changes: this tests which user asks, not which
 * user reads.
 */
export async function findingsAs(name: string, config: string | undefined): Promise<Finding[]> {
  const machine = await lookAtMachine(config, undefined);
  const account = (await lookUpAccount(name))?.found;
  if (account === undefined) throw new Error(`there is no user ${name}`);
  becomeUser({ name, uid: account.uid, gid: account.groups[0] ?? -1 });
  return metadataFindings(machine);
}

/**
 * Asks as another user, in a child process.
 * @returns the findings, or the reason why they are missing
 */
export function askedAs(name: string, config: string | undefined): Promise<readonly Finding[] | string> {
  const [program = "", ...words] = self();
  const named = config === undefined ? [] : ["--config", config];
  const { promise, resolve } = Promise.withResolvers<readonly Finding[] | string>();
  const options = {
    cwd: "/",
    env: { LC_ALL: "C" },
    timeout: CHILD_MS,
    killSignal: "SIGKILL",
    maxBuffer: MOST,
  } as const;
  execFile(program, [...words, "doctor", "--ask-as", name, ...named], options, (error, stdout, stderr) => {
    if (error !== null) return resolve(stderr.split("\n", 1)[0] || error.message.split("\n", 1)[0] || "it failed");
    try {
      return resolve(JSON.parse(stdout) as Finding[]);
    } catch {
      return resolve("it printed no findings");
    }
  });
  return promise;
}

/** Returns the command line that starts this program again. */
function self(): string[] {
  const { isSea } = process.getBuiltinModule("node:sea");
  const [, script = ""] = process.argv;
  return isSea() ? [process.execPath] : [process.execPath, ...process.execArgv, script];
}

/** Returns the user of a process. */
export async function userOf(pid: number, programs: Exec = systemPrograms): Promise<string | undefined> {
  const getent = programs.find("getent");
  if (getent === undefined) return undefined;
  try {
    const { uid } = statSync(`/proc/${pid}`);
    const { status, stdout } = await programs.run(getent, ["passwd", "--", String(uid)]);
    return status === 0 ? stdout.split(":", 1)[0] : undefined;
  } catch {
    return undefined;
  }
}
