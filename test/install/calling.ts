/**
 * Calls the program that sshd calls for an offered key, as the same user, and counts the results. It is bundled, added
 * to the kit, and run inside a tree as root:
 *
 *     node calling.cjs USER FINGERPRINT LINE at-once NUMBER        this number of calls at the same time
 *     node calling.cjs USER FINGERPRINT LINE all-the-time NUMBER   this number of lanes, each with one call after another
 *                                                                  until standard input ends; prints "calling" when each
 *                                                                  lane has made one call
 *
 * LINE is the expected answer. The last line of the output is a Tally, as JSON.
 */
import { spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { text } from "node:stream/consumers";

export interface Tally {
  readonly calls: number;
  /** Exit status 0, and the expected line. */
  right: number;
  /** Exit status 1, or ended by its own alarm, without output: no answer. sshd accepts no key from such a call. */
  unanswered: number;
  /** Descriptions of the first few other results. */
  readonly wrong: string[];
  /** Maximum number of simultaneous processes of the executable: the service and one-shot programs. */
  programs: number;
}

const RELAY = "/usr/libexec/eic-agent/authorized-keys";
const EXECUTABLE = "/usr/bin/eic-agent";
/** The user that sshd runs the program as (sshd_config(5), AuthorizedKeysCommandUser). */
const ACCOUNT = "eic-agent";
const LOOK_MS = 10;
const FEW = 5;

const [user = "", fingerprint = "", line = "", how = "", number = ""] = process.argv.slice(2);
const account = { uid: idOf("--user"), gid: idOf("--group") };
const tally = { calls: 0, right: 0, unanswered: 0, wrong: [] as string[], programs: 0 } satisfies Tally;

function idOf(which: string): number {
  const { status, stdout } = spawnSync("id", [which, ACCOUNT], { encoding: "utf8" });
  if (status !== 0) throw new Error(`no account ${ACCOUNT}`);
  return Number(stdout);
}

async function call(): Promise<void> {
  tally.calls += 1;
  const child = spawn(RELAY, [user, fingerprint], { ...account, cwd: "/", stdio: ["ignore", "pipe", "ignore"] });
  const ended = new Promise<string>((resolve) => {
    child.once("error", ({ message }) => resolve(message));
    child.once("close", (status, signal) => resolve(String(status ?? signal)));
  });
  const [said, how] = await Promise.all([text(child.stdout), ended]);
  if (how === "0" && said === `${line}\n`) tally.right += 1;
  else if ((how === "1" || how === "SIGALRM") && said === "") tally.unanswered += 1;
  else if (tally.wrong.length < FEW) tally.wrong.push(`ended with ${how}: ${JSON.stringify(said)}`);
}

/**
 * Counts processes by their executable, not by their name; while a package is unpacked, its path ends in " (deleted)".
 * A scan takes time: processes found by two consecutive scans existed at the same time, between the scans.
 */
function look(): void {
  const [first, second] = [programs(), programs()];
  const both = first.filter((pid) => second.includes(pid));
  tally.programs = Math.max(tally.programs, both.length);
}

function programs(): string[] {
  const parents = new Map(readdirSync("/proc").flatMap(programAndParent));
  // The child of such a process is not counted: it is about to execute logger(1).
  return [...parents].filter(([, parent]) => !parents.has(parent)).map(([pid]) => pid);
}

/** Returns an empty list for a process of another program, and for a process that has just ended. */
function programAndParent(pid: string): [pid: string, parent: string][] {
  try {
    if (!/^\d+$/.test(pid) || !readlinkSync(`/proc/${pid}/exe`).startsWith(EXECUTABLE)) return [];
    const [, parent = ""] = /\) \S (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
    return [[pid, parent]];
  } catch {
    return [];
  }
}

async function main(): Promise<void> {
  const looking = setInterval(look, LOOK_MS);
  const lanes = Array.from({ length: Number(number) }, (_, lane) => lane);
  if (how === "at-once") {
    await Promise.all(lanes.map(call));
  } else {
    let told = false;
    process.stdin.resume().once("end", () => (told = true));
    await Promise.all(lanes.map(call));
    process.stdout.write("calling\n");
    const go = async () => {
      while (!told) await call();
    };
    await Promise.all(lanes.map(go));
  }
  clearInterval(looking);
  process.stdout.write(`${JSON.stringify(tally)}\n`);
}

void main();
