/** A sandbox in which the relay is installed at its real path, with slots and without a service, and runs as under sshd. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { programPath } from "../../tools/system.ts";
import { outputOf } from "../support/namespace-output.ts";
import { hasProcess } from "./processes.ts";
import { COMMAND, type Form, ONE_SHOT, SHIPPED } from "./programs.ts";
import { AGENT_ID, type Manner, type Say, type Service, serve } from "./service.ts";

const SLOTS = [0, 1, 2, 3];

export interface Ended {
  /** Null if a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Latin-1, so that every byte is preserved. */
  readonly stdout: string;
  readonly stderr: string;
}

/** A recorded call of the one-shot program. */
export interface OneShot {
  readonly words: readonly string[];
  /** Seconds until the alarm; 0 if none is set. */
  readonly alarm: number;
  /** Open descriptors besides the standard ones. */
  readonly descriptors: readonly number[];
}

export interface Corner {
  /** Path of the service's socket, seen from outside. */
  readonly socket: string;
  /** Starts a service that answers with `say`, in place of the previous one. It ends with the corner. */
  serve(say: Say, manner?: Manner): Promise<Service>;
  /** Ends the service and removes the socket. */
  stopService(): Promise<void>;
  /** Runs the relay until it exits. `before` precedes the relay's own command, as a caller's wrapper (`env`, `sh`). */
  call(words: readonly string[], before?: readonly string[]): Promise<Ended>;
  /** Starts the relay; the child's process id is the relay's. The test may read its standard output. */
  /** Runs the program of a trial, with this command after USER FINGERPRINT --, until it exits. */
  trial(command: readonly string[], before?: readonly string[]): Promise<Ended>;
  startTrial(command: readonly string[], before?: readonly string[]): ChildProcess;
  /** Runs the command itself, as sshd does without a trial. */
  direct(command: readonly string[]): Promise<Ended>;
  startDirect(command: readonly string[]): ChildProcess;
  /** Path of the root folder, seen from outside, with its mounts. */
  readonly inside: string;
  /** Resolves when no process runs in the root folder: a report may still be on its way when the call has ended. */
  quiet(): Promise<void>;
  start(words: readonly string[], before?: readonly string[], more?: readonly number[]): ChildProcess;
  /** Returns the relay's command line, quoted for a shell. */
  shellWords(words: readonly string[]): string;
  /** Sets the milliseconds that the one-shot program works (-1: for ever) and its exit status. */
  oneShotSays(ms: number, status?: number): void;
  /** Returns the one-shot program's calls, in the order of their start, and the maximum number that ran at once. */
  oneShots(): { readonly calls: readonly OneShot[]; readonly most: number };
  forgetOneShots(): void;
  /** Removes the permission to execute the one-shot program for all users. */
  forbidOneShot(): void;
  /** Installs the one-shot program at its path atomically, as an upgrade does. */
  installOneShot(): void;
  /** Path of the slots' folder, seen from outside. */
  readonly slots: string;
  /** Removes these slots' files; all of them if no slot is named. */
  removeSlots(...which: readonly number[]): void;
  addSlot(which: number): void;
  close(): Promise<void>;
}

/** Creates a corner. @param oneShot program installed as /usr/bin/eic-agent; "" for none */
export async function openCorner({ program, emulator, trial }: Form = SHIPPED, oneShot = ONE_SHOT): Promise<Corner> {
  // Not os.tmpdir(): the path of a unix socket must stay below 108 bytes.
  const root = mkdtempSync("/tmp/eic-relay-");
  for (const folder of ["dev", "proc", "usr", "run/eic-agent/slots", "record"])
    mkdirSync(join(root, folder), { recursive: true });
  chmodSync(root, 0o755);
  chmodSync(join(root, "record"), 0o777);
  chmodSync(join(root, "run/eic-agent"), 0o755);
  const slots = join(root, "run/eic-agent/slots");
  for (const slot of SLOTS) owned(join(slots, `${slot}`), 0o640);
  chownSync(slots, 0, AGENT_ID);
  chmodSync(slots, 0o750);

  const script = resolve(import.meta.dirname, "sandbox.sh");
  const apart = [programPath("unshare") ?? "unshare", "--mount", "--propagation", "private"];
  const [unshare = "", ...words] = [...apart, "sh", script, root, program, oneShot, emulator ?? ""];
  words.push(trial ?? "", trial === undefined ? "" : COMMAND);
  const holder = spawn(unshare, words, { stdio: ["pipe", "pipe", "pipe"] });
  const ended = once(holder, "exit");
  let service: Service | undefined;
  const stopService = async () => {
    await service?.close();
    service = undefined;
  };
  const close = async () => {
    await stopService();
    holder.stdin.end();
    await ended;
    if (readFileSync("/proc/self/mountinfo", "utf8").includes(root)) throw new Error(`${root} is mounted here`);
    rmSync(root, { recursive: true });
  };
  try {
    await outputOf("sandbox.sh", holder.stdout, holder.stderr).line(/^ready$/);
  } catch (error) {
    await close();
    throw error;
  }

  // The root folder as the namespace sees it: its mounts are not visible from outside.
  const inside = `/proc/${holder.pid}/root${root}`;
  const enter = [programPath("nsenter") ?? "nsenter", `--mount=/proc/${holder.pid}/ns/mnt`, `--root=${inside}`];
  const relay = [...(emulator ? ["/usr/bin/emulator"] : []), "/usr/libexec/eic-agent/authorized-keys"];
  const command = (given: readonly string[], door = relay) => [
    ...enter,
    `--wd=${inside}`,
    `--setuid=${AGENT_ID}`,
    `--setgid=${AGENT_ID}`,
    "--",
    ...door,
    ...given,
  ];
  const start = (
    given: readonly string[],
    before: readonly string[] = [],
    more: readonly number[] = [],
    door = relay,
  ) => {
    const [first = "", ...rest] = [...before, ...command(given, door)];
    // The environment that sshd sets. Leak detection is off, because it needs to trace its own process.
    const env = { PATH: "/usr/bin:/bin", LANG: "C", ASAN_OPTIONS: "detect_leaks=0:abort_on_error=0:exitcode=86" };
    return spawn(first, rest, { env, stdio: ["ignore", "pipe", "pipe", ...more] });
  };
  const startTrial = (given: readonly string[], before: readonly string[] = []) =>
    start(["alice", "SHA256:x", "--", ...given], before, [], ["/usr/libexec/eic-agent/trial"]);
  const log = join(root, "record/log");
  const socket = join(root, "run/eic-agent/authorized-keys.sock");
  return {
    socket,
    slots,
    async serve(say, manner) {
      await stopService();
      service = await serve(socket, say, manner);
      return service;
    },
    stopService,
    start,
    shellWords: (given) =>
      command(given)
        .map((word) => `'${word}'`)
        .join(" "),
    call: (given, before) => endOf(start(given, before)),
    trial: (given, before) => endOf(startTrial(given, before)),
    startTrial,
    direct: (given) => endOf(start([], [], [], [...given])),
    startDirect: (given) => start([], [], [], [...given]),
    inside,
    quiet: async () => {
      while (hasProcess(root)) await pause(20);
    },
    addSlot: (which) => owned(join(slots, `${which}`), 0o640),
    oneShotSays: (ms, status = 0) => writeFileSync(join(root, "record/says"), `${ms} ${status}\n`),
    oneShots: () => readLog(log),
    installOneShot() {
      const path = `${inside}/usr/bin/eic-agent`;
      copyFileSync(ONE_SHOT, `${path}.new`);
      chmodSync(`${path}.new`, 0o755);
      renameSync(`${path}.new`, path);
    },
    forgetOneShots: () => rmSync(log, { force: true }),
    forbidOneShot: () => chmodSync(`${inside}/usr/bin/eic-agent`, 0o644),
    removeSlots: (...which) => {
      for (const slot of which.length === 0 ? SLOTS : which) rmSync(join(slots, `${slot}`));
    },
    close,
  };
}

export async function endOf(child: ChildProcess): Promise<Ended> {
  const said = { stdout: "", stderr: "" };
  child.stdout?.setEncoding("latin1").on("data", (text) => (said.stdout += text));
  child.stderr?.setEncoding("latin1").on("data", (text) => (said.stderr += text));
  const [status, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  return { status, signal, ...said };
}

function owned(path: string, mode: number): void {
  writeFileSync(path, "");
  chmodSync(path, mode);
  chownSync(path, 0, AGENT_ID);
}

function readLog(path: string): { calls: OneShot[]; most: number } {
  const calls: OneShot[] = [];
  let running = 0;
  let most = 0;
  for (const line of textOf(path).split("\n")) {
    const [what, , alarm = "", descriptors = "", ...words] = line.split(" ");
    if (what === "-") running -= 1;
    if (what !== "+") continue;
    running += 1;
    most = Math.max(most, running);
    calls.push({
      alarm: Number(alarm),
      descriptors: descriptors.split(",").filter(Boolean).map(Number),
      words: words.map((word) => Buffer.from(word.slice(1), "hex").toString("latin1")),
    });
  }
  return { calls, most };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}
