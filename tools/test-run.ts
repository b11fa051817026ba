/**
 * Runs a set of tests: prepares the system, builds what is to be tested, and reports prominently what was not run.
 * The last line is "N passed, N failed, N skipped". With CI=true a skip is a failure.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { missingFor, type Need, needsOf, type Work } from "./requirements.ts";
import { prepare } from "./setup.ts";
import { listOf, readOutcome, summary } from "./test-report.ts";

export interface Suite {
  /** Script whose needs are prepared and checked. */
  readonly work: Work;
  /** Names of projects in vitest.config.ts. */
  readonly projects: readonly string[];
  /** Scripts with their arguments, run one after another before the tests. */
  readonly builds: readonly (readonly string[])[];
  /** Whether every test is listed at the end, with its time. */
  readonly lists?: boolean;
}

const say = (line: string) => void process.stdout.write(`${line}\n`);

/**
 * @param words arguments for vitest
 * @returns the exit status
 */
export async function runTests({ work, projects, builds, lists }: Suite, words: readonly string[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "eic-test-"));
  const report = join(folder, "report.json");
  const skips = join(folder, "skips.jsonl");
  try {
    const needs = needsOf(work);
    await prepare(say, needs);
    const missing = needs.flatMap((need): [Need, string][] => {
      const reason = missingFor(need);
      return reason === undefined ? [] : [[need, reason]];
    });
    for (const build of builds) await must(build);

    writeFileSync(skips, "");
    const chosen = projects.map((project) => `--project=${project}`);
    // No colour codes if the output is a file or a pipe.
    const colours = process.stdout.isTTY || process.env.FORCE_COLOR !== undefined ? [] : ["--no-color"];
    const reporters = [...colours, "--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
    const status = await node(["node_modules/vitest/vitest.mjs", "run", ...chosen, ...reporters, ...words], {
      EIC_SKIPS: skips,
      EIC_LACKING: JSON.stringify(Object.fromEntries(missing)),
    });
    if (lists === true) for (const line of listOf(read(report))) say(line);
    const outcome = readOutcome(read(report), read(skips));
    for (const line of summary(outcome)) say(line);
    return status !== 0 || (process.env.CI === "true" && outcome.skipped > 0) ? 1 : 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns the exit status; 1 for a signal */
function node(words: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<number> {
  const child = spawn(process.execPath, words, { stdio: "inherit", env: { ...process.env, ...more } });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child.once("error", reject);
  child.once("exit", (status) => resolve(status ?? 1));
  return promise;
}

async function must(words: readonly string[]): Promise<void> {
  if ((await node(words)) !== 0) throw new Error(`${words.join(" ")} failed`);
}

/** Returns the text of a file; empty if vitest ended before it wrote the file. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
