/**
 * One Debian system of the install tests: a writable layer over a base tree, in separate namespaces. It can be changed as
 * an image (chroot), booted with its own systemd, and shut down. Its processes, mounts and written files disappear when
 * it is closed, or when this process ends for any reason.
 */
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { unshareWords } from "../../tools/system.ts";
import type { Namespace } from "../support/namespace.ts";
import { outputOf } from "../support/namespace-output.ts";
import { ENVIRONMENT, type Finished, mustRun, run } from "../support/namespace-run.ts";
import { writing } from "../support/namespace-write.ts";
import { PREFIX, removeCgroups } from "./leftovers.ts";
import { baseOf, type Release, SHELF } from "./releases.ts";

export interface Tree extends Namespace {
  /** Boots it, and returns when its systemd reports that the boot is complete. */
  boot(): Promise<void>;
  /** Runs it as a container, without its systemd: only programs that the test starts run in it. */
  contain(): Promise<void>;
  /** Shuts it down, or ends the container. Written files are kept, except below /run. */
  powerOff(): Promise<void>;
  /** Paths of the tree and of the kit, for programs run by `beside`. */
  readonly root: string;
  readonly kit: string;
  /** Runs a program of this system in the tree's namespaces, without entering the tree: `rpm --root`. */
  beside(words: readonly string[]): Promise<Finished>;
  /** Starts a program inside with pipes to all three of its streams. */
  converse(words: readonly string[]): ChildProcessWithoutNullStreams;
}

/** Makes a tree that is not booted yet. */
export async function openTree(release: Release): Promise<Tree> {
  const place = mkdtempSync(`/tmp/${PREFIX}${process.pid}-`);
  const name = basename(place);
  const root = join(place, "root");
  const script = resolve(import.meta.dirname, "boot.sh");
  const kit = join(SHELF, "kit");
  const [program = "", ...words] = [...unshareWords(), "sh", script, baseOf(release), place, name, kit];
  const first = spawn(program, words, { stdio: ["pipe", "pipe", "pipe"] });
  // The process may end before it has read everything.
  first.stdin.on("error", () => {});
  const output = outputOf("boot.sh", first.stdout, first.stderr);
  const ended = once(first, "exit");
  /** Pid of the tree's own first process; undefined while the tree is down. */
  let init: number | undefined;
  let running: Way | undefined;

  /** Processes that were started inside and have not ended. */
  const entered = new Set<ChildProcess>();
  // A shutdown stops every process before it kills it. nsenter, which is outside, then stops itself too and never reaps
  // its child: the tree would hang at the end of the shutdown.
  const letGo = () => {
    for (const child of entered) child.kill("SIGKILL");
  };

  const close = async () => {
    for (const child of entered) child.kill("SIGCONT");
    first.stdin.end();
    await ended;
    removeCgroups(name);
    rmdirSync(place);
  };
  try {
    await output.line(/^ready$/);
  } catch (error) {
    await close();
    throw error;
  }

  const spaces = [`--target=${first.pid}`, "--net", "--mount", `--pid=/proc/${first.pid}/ns/pid_for_children`];
  const besideWords = (given: readonly string[]) => ["nsenter", ...spaces, "--", ...given];
  const inside = (given: readonly string[]) =>
    init === undefined
      ? besideWords(["env", `KIT=${kit}`, "unshare", "--mount", "sh", "-ec", IN_CHROOT, root, ...given])
      : ["nsenter", `--target=${init}`, "--all", "--", ...given];
  const outside = (path: string) =>
    (init === undefined ? `/proc/${first.pid}/root${root}` : `/proc/${init}/root`) + path;
  const started = (given: readonly string[]) => {
    const [enter = "", ...others] = inside(given);
    const child = spawn(enter, others, { env: ENVIRONMENT, stdio: ["pipe", "pipe", "pipe"] });
    entered.add(child);
    child.once("exit", () => entered.delete(child));
    return child;
  };

  const startAs = async (way: Way) => {
    const from = output.lines.length;
    first.stdin.write(`${way.word}\n`);
    const failed = output.line(/^down /, from, BOOT_MS).then(() => {
      throw new Error(`did not start; nspawn said\n${output.lines.slice(from).join("\n")}`);
    });
    failed.catch(() => {});
    init = await Promise.race([firstProcess(first.pid, way), failed]);
    running = way;
  };

  return {
    root,
    kit,
    async boot() {
      await startAs(BOOTED);
      await run(inside(["systemctl", "is-system-running", "--wait"]));
    },
    contain: () => startAs(CONTAINED),
    async powerOff() {
      const from = output.lines.length;
      letGo();
      if (running === BOOTED) await run(inside(["systemctl", "poweroff"]));
      else if (init !== undefined) process.kill(init, "SIGKILL");
      await output.line(/^down /, from, BOOT_MS);
      init = undefined;
    },
    run: (given) => run(inside(given)),
    mustRun: (given) => mustRun(inside(given)),
    beside: (given) => run(besideWords(given)),
    start(given) {
      const child = started(given);
      child.stdin.end();
      return child;
    },
    converse: started,
    outside,
    write: writing(outside),
    close,
  };
}

/** Enters a chroot as image builders make it. Its mounts disappear with the program. */
const IN_CHROOT = `
  mount -t proc proc "$0/proc"; mount --rbind /dev "$0/dev"; mount --bind "$KIT" "$0/opt/kit"
  exec chroot "$0" "$@"`;

/** Maximum milliseconds of a boot. A machine that can boot needs a few seconds. */
const BOOT_MS = 60_000;

/** The command for boot.sh, the name of the tree's first process, and a file that exists when that process is ready. */
interface Way {
  readonly word: string;
  readonly first: string;
  readonly sign: string;
}
const BOOTED: Way = { word: "boot", first: "systemd", sign: "/run/systemd/private" };
const CONTAINED: Way = { word: "contain", first: "sleep", sign: "/proc/1/exe" };

/** Waits until the tree's own first process is ready. @returns its pid */
async function firstProcess(unshare: number | undefined, { first, sign }: Way): Promise<number> {
  for (const end = Date.now() + BOOT_MS; Date.now() < end; await pause(20)) {
    const [init] = childrenOf(unshare, "sh").flatMap((sh) =>
      childrenOf(sh, "sh").flatMap((loop) =>
        childrenOf(loop, "systemd-nspawn").flatMap((nspawn) => childrenOf(nspawn, first)),
      ),
    );
    if (init !== undefined && existsSync(`/proc/${init}/root${sign}`)) return init;
  }
  throw new Error(`no ${first} within ${BOOT_MS} ms`);
}

/** Returns a process's children of this name. Processes may end during the search. */
function childrenOf(pid: number | undefined, name: string): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean);
    return children.map(Number).filter((child) => readFileSync(`/proc/${child}/comm`, "utf8").trim() === name);
  } catch {
    return [];
  }
}
