/**
 * `npm run bench`: makes calls as sshd does, with all programs in turn in one run, so that other load affects all of them.
 *
 *     sudo npm run bench
 *     sudo npm run bench -- --rounds 100 --against '/path/to/other-command {user} {fingerprint}'
 *     sudo npm run bench -- --executable /usr/bin/eic-agent
 *     sudo npm run bench -- --only calls
 *     sudo npm run bench -- --write
 *
 * The bundle and the relay are built first. The executable is dist/eic-agent if that exists (npm run build:binary builds
 * it), and then the service runs from it. Relay and service require root and are left out without it. `{user}` and
 * `{fingerprint}` are replaced by a user with one pushed key and that key's fingerprint. Another command that queries a
 * metadata service must be configured by its own means: the address of the simulated service is printed first, and is in
 * the command's environment as EIC_BENCH_ENDPOINT. `--only` takes calls, crowds, flood, hanging, beside or worst.
 * `--write` writes the results to docs/performance.md and docs/performance.svg.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { prepare } from "../tools/setup.ts";
import { isRoot } from "../tools/system.ts";
import { isHeld, judged, sentence } from "./bounds.ts";
import { measure, PARTS, type Part } from "./measure.ts";
import { withRun } from "./page.ts";
import { plot } from "./plot.ts";
import { tables } from "./table.ts";
import { WORST_MS, worst, worstTable } from "./worst.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "40" },
    against: { type: "string", multiple: true, default: [] },
    executable: { type: "string" },
    only: { type: "string", multiple: true, default: [...PARTS, "worst"] },
    write: { type: "boolean", default: false },
  },
});
const PAGE = "docs/performance.md";
const DRAWING = "docs/performance.svg";

const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 5) throw new Error("--rounds takes a whole number of at least 5");
const parts = values.only
  .filter((name) => name !== "worst")
  .map((name) => {
    if (!(PARTS as readonly string[]).includes(name)) throw new Error(`--only takes ${PARTS.join(", ")}, worst`);
    return name as Part;
  });
const say = (line: string) => void process.stdout.write(`${line}\n`);

if (values.only.includes("worst")) {
  const rows = worst();
  say(`${worstTable(rows)}\n`);
  for (const { name, milliseconds } of rows.filter((row) => row.milliseconds > WORST_MS)) {
    say(`NOT HELD: ${name}: processor ms = ${milliseconds.toFixed(1)}, at most ${WORST_MS}`);
    process.exitCode = 1;
  }
  if (parts.length === 0) process.exit();
}

if (spawnSync(process.execPath, ["tools/build.ts"], { stdio: "inherit" }).status !== 0) process.exit(1);
await prepare(say, ["bench", ...(isRoot() ? (["bench-relay"] as const) : [])]);
const executable = values.executable ?? (existsSync("dist/eic-agent") ? "dist/eic-agent" : undefined);

const { figures, programs, leftOut } = await measure({ rounds, parts, executable, against: values.against, say });
say(`\n${tables(figures)}\n`);
const isWhole = parts.length === PARTS.length;
for (const judgement of judged(figures, programs)) {
  // It belongs to a part that was not requested.
  if (judgement.found === undefined && !isWhole) continue;
  say(sentence(judgement));
  if (!isHeld(judgement)) process.exitCode = 1;
}
for (const line of leftOut) say(`LEFT OUT: ${line}`);
if (leftOut.length > 0 && process.env.CI === "true") process.exitCode = 1;
if (values.write) {
  if (!isWhole || leftOut.length > 0) throw new Error("--write takes a run of everything");
  writeFileSync(PAGE, withRun(readFileSync(PAGE, "utf8"), `${figures.about.join("\n")}\n\n${tables(figures)}`));
  writeFileSync(DRAWING, plot(figures));
  say(`written: ${PAGE}, ${DRAWING}`);
}
