/** Plays cases in lanes that run side by side: some for cases in which the command can only wait, some for all others. */
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { isSea } from "node:sea";
import { Problem } from "../cli/problem.ts";
import { present } from "../present.ts";
import type { Plan, Result } from "./lane.ts";
import { networkNamespace } from "./place.ts";
import type { Numbered } from "./table.ts";

export interface Run {
  readonly words: readonly string[];
  readonly prepare?: string;
  /** Seconds. */
  readonly limit: number;
  /** Whether everything that a failed case served is kept, and not only its document. */
  readonly isKept: boolean;
  /** Resolves when the run must end early. */
  readonly ended: Promise<void>;
}

/** Set for the program in a lane. */
export const LANE = "EIC_CONFORM_LANE";
/** Lanes for cases that wait, and for all others. More would make calls wait for each other on two processors. */
const LANES = 2;
/** Cases for which a further simulator is started. */
const WORTH_A_LANE = 25;

/** Gives the namespace the addresses of the metadata service, and runs the program in it. */
const INSIDE = `ip link set lo up
ip addr add 169.254.169.254/32 dev lo
ip -6 addr add fd00:ec2::254/128 dev lo nodad
"$@"`;
const SPACES = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private"];

/** @throws Problem if a lane cannot be opened, or the command cannot be run */
export async function play(cases: readonly Numbered[], run: Run, onResult: (result: Result) => void): Promise<void> {
  // Not in a user namespace either: there the folders above its files seem to belong to the user "nobody", and an agent refuses them.
  if (process.geteuid?.() !== 0) throw new Problem("only root may open the namespaces", "run it with sudo");
  const folder = mkdtempSync(join(tmpdir(), "eic-conform-"));
  // The command may run as another user.
  chmodSync(folder, 0o755);
  const children: ChildProcess[] = [];
  const kill = () => {
    for (const child of children) child.kill("SIGKILL");
  };
  void run.ended.then(kill);
  try {
    const { words, limit, isKept } = run;
    const shared = { words, limit, isKept, outside: networkNamespace(), ...present({ prepare: run.prepare }) };
    const lanes = divided(cases).map(({ names, isBrief }, i) => {
      const plan: Plan = { ...shared, folder: join(folder, `lane-${i + 1}`), cases: names, isBrief };
      const child = spawn("unshare", [...SPACES, "sh", "-ec", INSIDE, "sh", ...ownProgram(), "conform"], {
        env: { ...process.env, [LANE]: "1" },
        stdio: "pipe",
      });
      children.push(child);
      return finished(child, plan, onResult);
    });
    await Promise.all(lanes);
  } finally {
    kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Returns the command line of this program: a script with its Node, or the executable by the name that selects the simulator. */
const ownProgram = (): string[] => {
  const script = process.argv[1] ?? "";
  return isSea() ? [script] : [process.execPath, ...process.execArgv, script];
};

function divided(cases: readonly Numbered[]): { names: string[]; isBrief: boolean }[] {
  const waiting = cases.filter(({ one }) => one.waits);
  const others = cases.filter(({ one }) => !one.waits);
  return [
    ...dealt(others, Math.min(LANES, Math.ceil(others.length / WORTH_A_LANE))).map((names) => ({
      names,
      isBrief: false,
    })),
    ...dealt(waiting, Math.min(LANES, waiting.length)).map((names) => ({ names, isBrief: true })),
  ];
}

/** Returns the names of the cases, dealt to so many lanes in turn. */
const dealt = (cases: readonly Numbered[], lanes: number): string[][] =>
  Array.from({ length: lanes }, (_, lane) => cases.filter((_, i) => i % lanes === lane).map(({ name }) => name));

function finished(child: ChildProcess, plan: Plan, onResult: (result: Result) => void): Promise<void> {
  let complaint = "";
  let count = 0;
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    complaint += text;
  });
  child.stdin?.on("error", () => undefined); // it has ended already, and says why on stderr
  child.stdin?.end(JSON.stringify(plan));
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on("line", (line) => {
      count += 1;
      onResult(JSON.parse(line) as Result);
    });
  }
  return new Promise((resolve, reject) => {
    child.once("error", (error) => reject(new Problem(`cannot run unshare: ${error.message}`, "install util-linux")));
    child.once("close", (status) => {
      if (status === 0 && count === plan.cases.length) return resolve();
      const said = complaint
        .trim()
        .split("\n")
        .slice(-1)[0]
        ?.replace(/^eic-simulator: /, "");
      const what = said || "a lane ended early";
      reject(new Problem(what, "the run is not complete"));
    });
  });
}
