/**
 * `npm run build:binary`: the single executable, dist/eic-agent.
 *
 *     npm run build:binary                      # for this machine's processor
 *     npm run build:binary -- --cpu all         # dist/executable/x64/eic-agent and dist/executable/arm64/eic-agent
 *     npm run build:binary -- --no-snapshot     # the plain form: slower to start, the same bytes from the same sources
 */
import { copyFileSync, renameSync, rmSync, statSync } from "node:fs";
import { parseArgs } from "node:util";
import { type Form, writeBundles } from "../../tools/bundle.ts";
import { missingFor, type Need } from "../../tools/requirements.ts";
import { prepare } from "../../tools/setup.ts";
import { hostOf } from "./executable-host.ts";
import { nodeLock, thisCpu } from "./pinned-node.ts";
import { CPUS, type Cpu } from "./processors.ts";
import { makeExecutable } from "./single-executable.ts";

/** Copy of the executable for this machine. */
const OURS = "dist/eic-agent";

const say = (line: string) => void process.stdout.write(`${line}\n`);

const { values } = parseArgs({
  options: { cpu: { type: "string", default: thisCpu() }, "no-snapshot": { type: "boolean", default: false } },
});

async function main(): Promise<void> {
  const cpus = CPUS.filter((cpu) => values.cpu === "all" || values.cpu === cpu);
  if (cpus.length === 0) throw new Error(`--cpu takes ${CPUS.join(", ")} or all`);
  const { version } = nodeLock();
  if (process.versions.node !== version) {
    throw new Error(`run by Node ${process.versions.node}, and ${version} is pinned`);
  }
  const foreign: Need[] = cpus.some((cpu) => cpu !== thisCpu()) ? ["foreign-executable"] : [];
  await prepare(say, ["executable", ...foreign]);
  const missing = missingFor("executable");
  if (missing !== undefined) throw new Error(`the executable cannot be built here: ${missing}`);

  await writeBundles("dist");
  for (const cpu of cpus) {
    const form = formOf(cpu);
    const to = `dist/executable/${cpu}/eic-agent`;
    // If this build fails, an earlier executable must not be mistaken for its result.
    if (cpu === thisCpu()) rmSync(OURS, { force: true });
    await makeExecutable({ cpu, form, bundles: "dist", to });
    say(`${to}: Node ${version}, ${form}, ${Math.round(statSync(to).size / 1e6)} MB`);
    if (cpu === thisCpu()) replace(to, OURS);
  }
}

function formOf(cpu: Cpu): Form {
  if (values["no-snapshot"]) return "plain";
  const { cannotRun } = hostOf(cpu);
  if (cannotRun === undefined) return "snapshot";
  say(`!!! ${cpu}: no start-up snapshot, so it starts more slowly: no program for ${cpu} runs here (${cannotRun})`);
  return "plain";
}

/** Replaces a program by renaming, so that a running program is not changed. */
function replace(from: string, to: string): void {
  copyFileSync(from, `${to}.${process.pid}`);
  renameSync(`${to}.${process.pid}`, to);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`npm run build:binary: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
