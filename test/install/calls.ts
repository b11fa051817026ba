/** Runs calling.ts on a machine: many calls like sshd's, while something else happens there. */
import { once } from "node:events";
import { expect } from "vitest";
import { outputOf } from "../support/namespace-output.ts";
import type { KeyPair } from "../support/sshd-keys.ts";
import type { Tally } from "./calling.ts";
import type { Machine, Person } from "./machine.ts";
import { KIT } from "./packages.ts";

/** A pushed key and its user. The key must be valid (for a minute) until the last call. */
export interface Pushed {
  readonly user: Person;
  readonly key: KeyPair;
}

type Way = "at-once" | "all-the-time";

/** Maximum milliseconds for the calls. If they take longer, the machine hangs. */
const MOST_MS = 60_000;

function start({ tree }: Machine, { user, key }: Pushed, way: Way, number: number) {
  const words = [`${KIT}/node`, `${KIT}/calling.cjs`, user, key.fingerprint, key.line, way, String(number)];
  const child = tree.converse(words);
  child.stdin.on("error", () => {});
  const output = outputOf("calling.ts", child.stdout, child.stderr);
  return { child, output };
}

/** Makes this number of calls at the same time. */
export async function atOnce(machine: Machine, pushed: Pushed, number: number): Promise<Tally> {
  const { output } = start(machine, pushed, "at-once", number);
  return JSON.parse(await output.line(/^\{/, 0, MOST_MS)) as Tally;
}

/** Number of calls at any moment, as in a rush of logins. */
const LANES = 4;

/** Makes calls continuously while `change` runs, and checks that each of them gets the right answer. */
export async function noneIsLostWhile(machine: Machine, change: () => Promise<unknown>): Promise<void> {
  const pushed = { user: "alice", key: await machine.pushed("alice") } as const;
  const { child, output } = start(machine, pushed, "all-the-time", LANES);
  const ended = once(child, "exit");
  try {
    await output.line(/^calling$/, 0, MOST_MS);
    await change();
  } finally {
    child.stdin.end();
    await ended;
  }
  const { calls, right, unanswered, wrong } = JSON.parse(await output.line(/^\{/, 0, MOST_MS)) as Tally;
  expect({ right, unanswered, wrong }).toEqual({ right: calls, unanswered: 0, wrong: [] });
}
