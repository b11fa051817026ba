/** A lane: one private namespace with one simulator, in which a list of cases is played in order. This side runs inside. */
import { spawn } from "node:child_process";
import { mkdirSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { raisePriority, resetPriority } from "../cli/priority.ts";
import { Problem } from "../cli/problem.ts";
import { call, type Variables } from "./call.ts";
import { preparePlace, userName } from "./place.ts";
import { type Played, playCase } from "./run-case.ts";
import { startStage } from "./stage.ts";
import { writeStore } from "./store.ts";
import { casesOf, REQUIREMENTS } from "./table.ts";
import { ODD_USERS } from "./topics/identity.ts";

/** The task of a lane. It comes on standard input. */
export interface Plan {
  readonly folder: string;
  /** Names of cases, "DOC-4.2". */
  readonly cases: readonly string[];
  readonly words: readonly string[];
  /** Seconds. */
  readonly limit: number;
  readonly prepare?: string;
  /** Whether the kind of the chain's keys does not matter. */
  readonly isBrief: boolean;
  readonly isKept: boolean;
  /** The network namespace from which the lane was started. */
  readonly outside: string;
}

/** The result of one case: a line of JSON on standard output. */
export interface Result extends Played {
  readonly name: string;
}

/** Users of the cases, except those with a number. */
const USERS = [...Object.values(ODD_USERS), "eic-other-1", "eic-other-2", ...crowd()];

function crowd(): string[] {
  return Array.from({ length: 10 }, (_, i) => `eic-crowd-${i}`);
}

export async function runLane(plan: Plan, emit: (result: Result) => void): Promise<void> {
  raisePriority();
  mkdirSync(plan.folder, { mode: 0o755 });
  preparePlace(plan.folder, plan.outside, USERS);
  const stage = await startStage(plan.isBrief);
  try {
    const variables = writeStore(plan.folder, stage.anchorsPem);
    const command = { words: plan.words, variables, limit: plan.limit };
    const player = {
      stage,
      isKept: plan.isKept,
      takesFingerprint: plan.words.some((word) => word.includes("{fingerprint}")),
      prepare: () => prepare(plan, variables),
      call: (ask: Parameters<typeof call>[1]) => call(command, ask),
    };
    const all = casesOf(REQUIREMENTS);
    for (const [number, { name, one }] of all.entries()) {
      // Each case has its own user, so that no key of an earlier case is served.
      if (plan.cases.includes(name)) emit({ name, ...(await playCase(player, one, userName(number))) });
    }
  } finally {
    await stage.simulator.close();
  }
}

/** Seconds for the adapter's shell line. */
const PREPARE = 30;

/** Runs the adapter's shell line. It does not wait for processes that the line leaves in the background. */
function prepare({ prepare: line, folder }: Plan, variables: Variables): Promise<void> {
  if (line === undefined) return Promise.resolve();
  const said = join(folder, "prepare.stderr");
  const env = { ...process.env, ...variables };
  const child = spawn("sh", ["-c", line], {
    stdio: ["ignore", "ignore", openSyncOnce(said)],
    env,
    timeout: PREPARE * 1000,
  });
  resetPriority(child.pid);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (status) => {
      if (status === 0) return resolve();
      const [first = "no message"] = readFileSync(said, "utf8").trim().split("\n").slice(-1);
      reject(new Problem(`--prepare ended with status ${status}: ${first}`, "run the line by hand as root"));
    });
  });
}

/** One file for all calls of a lane: a process in the background may keep it open. */
const opened = new Map<string, number>();
function openSyncOnce(path: string): number {
  const fd = opened.get(path) ?? openSync(path, "a");
  opened.set(path, fd);
  return fd;
}
