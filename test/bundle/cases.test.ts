/**
 * The table of cases through the built program, generated for the current time: the output to sshd, and the report on a
 * terminal. All cases run with the executable, which is what ships; with the bundle one case for each possible outcome
 * (test/core has all).
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { limit } from "../../tools/slowness.ts";
import { type Outcomes, runBundle, type Stage } from "../support/cases/bundle.ts";
import type { Case, Expected, Scene } from "../support/cases/case.ts";
import { CaseBuilder } from "../support/cases/case-builder.ts";
import { CASES } from "../support/cases/cases.ts";
import { OUTSIDE } from "../support/cases/io-cases.ts";
import { printedLines } from "../support/cases/printed.ts";
import { OpensslDir } from "../support/openssl.ts";
import { assertBuilt, takesWholeTables } from "../support/program.ts";

/** Number of parallel calls, for two cores. */
const LANES = 2;

interface Job {
  readonly title: string;
  readonly make: Case["make"];
  readonly change?: (stage: Stage) => void;
  /** Whether to call also as sshd does: once for each possible outcome, since the output to sshd depends on nothing else. */
  readonly twice: boolean;
}

const kinds = new Map<string, string>();
for (const { name, expects } of CASES.toReversed()) kinds.set(JSON.stringify(expects), name);
const firstOfEach = new Set(kinds.values());

const TABLE = takesWholeTables ? CASES : CASES.filter(({ name }) => firstOfEach.has(name));

const JOBS: readonly Job[] = [
  ...TABLE.map(({ name, make }) => ({ title: name, make, twice: firstOfEach.has(name) })),
  ...OUTSIDE.map(({ name, change }) => ({
    title: name,
    make: (bench: CaseBuilder) => bench.scene(),
    change,
    twice: true,
  })),
];

const done = new Map<string, { scene: Scene; outcomes: Outcomes } | { error: unknown }>();
const shop = new OpensslDir();

beforeAll(async () => {
  assertBuilt();
  const waiting = JOBS.values();
  const lane = async () => {
    for (const job of waiting) done.set(job.title, await outcome(job).catch((error: unknown) => ({ error })));
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}, limit(300));
afterAll(() => shop.close());

async function outcome({ make, change, twice }: Job) {
  const now = new Date(Math.floor(Date.now() / 1000) * 1000);
  const scene = await make(new CaseBuilder(shop, now));
  return { scene, outcomes: await runBundle({ scene, change, twice }) };
}

function outcomeOf(title: string) {
  const found = done.get(title);
  if (found === undefined) throw new Error(`${title} was not run`);
  if ("error" in found) throw found.error;
  return found;
}

/** Parses the report on a terminal into the words of the table: `(reason)` of each verdict, or `CODE:`. */
function told(everything: string): Expected | string {
  // Unreadable settings cannot turn the audit record off, and not every machine has a log.
  const screen = everything.replace(/^eic-agent: not recorded in the log: .*\n/, "");
  const [, code] = /^eic-agent: ([A-Z_]+): .*\neic-agent: hint: .*\n$/.exec(screen) ?? [];
  if (code !== undefined) return { fault: code } as Expected;
  const words = screen.trimEnd().split("\n").map(word);
  return words.includes(undefined) ? screen : ({ verdicts: words } as Expected);
}

function word(line: string): string | undefined {
  if (line.startsWith("eic-agent: accepted SHA256:")) return "accepted";
  return /^eic-agent: refused .* \(([a-z-]+)\)$/.exec(line)?.[1];
}

describe("the output for sshd, and on a terminal", () => {
  test.each(TABLE.map(({ make: _, ...rest }) => rest))("$name", ({ name, ...outcome }) => {
    const { expects } = outcome;
    const { scene, outcomes } = outcomeOf(name);
    const stdout = printedLines(scene, outcome)
      .map((line) => `${line}\n`)
      .join("");
    const status = "fault" in expects ? 1 : 0;
    if (firstOfEach.has(name)) expect(outcomes.asSshd).toEqual({ status, stdout, stderr: "" });
    expect(told(outcomes.onTerminal.stderr)).toEqual(expects);
    expect(outcomes.onTerminal).toMatchObject({ status, stdout });
  });
});

describe("a call that fails prints nothing and exits with 1", () => {
  test.each(OUTSIDE.map(({ name, fault }) => ({ name, fault })))("$name is $fault", ({ name, fault }) => {
    const { outcomes } = outcomeOf(name);
    expect(outcomes.asSshd).toEqual({ status: 1, stdout: "", stderr: "" });
    expect(told(outcomes.onTerminal.stderr)).toEqual({ fault });
    expect(outcomes.onTerminal).toMatchObject({ status: 1, stdout: "" });
  });
});
