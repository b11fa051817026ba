/**
 * `npm test`: makes the system ready, builds the bundles, runs every test (arguments go to vitest), and says loudly
 * what was not run. The last line is "N passed, N failed, N skipped". With CI=true a skip is a failure.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepare } from "./setup.ts";
import { lacking, NEEDS, type Need } from "./setup-needs.ts";
import { readOutcome, summary } from "./test-report.ts";

const say = (line: string) => void process.stdout.write(`${line}\n`);

const folder = mkdtempSync(join(tmpdir(), "eic-test-"));
const report = join(folder, "report.json");
const skips = join(folder, "skips.jsonl");
let failed = true;
try {
  await prepare(say);
  const missing = (Object.keys(NEEDS) as Need[]).flatMap((need) => {
    const reason = lacking(need);
    return reason === undefined ? [] : [[need, reason] as const];
  });
  await must("tools/build.ts");

  writeFileSync(skips, "");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const status = await node(["node_modules/vitest/vitest.mjs", "run", ...reporters, ...process.argv.slice(2)], {
    EIC_SKIPS: skips,
    EIC_LACKING: JSON.stringify(Object.fromEntries(missing)),
  });
  const outcome = readOutcome(read(report), read(skips));
  for (const line of summary(outcome)) say(line);
  failed = status !== 0 || (process.env.CI === "true" && outcome.skipped > 0);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;

/** @returns the exit status; 1 for a signal */
function node(words: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<number> {
  const child = spawn(process.execPath, words, { stdio: "inherit", env: { ...process.env, ...more } });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child.once("error", reject);
  child.once("exit", (status) => resolve(status ?? 1));
  return promise;
}

async function must(script: string): Promise<void> {
  if ((await node([script])) !== 0) throw new Error(`${script} failed`);
}

/** Empty where vitest ended before it wrote one. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
