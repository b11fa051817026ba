/**
 * `npm run bench`: whole processes, as sshd starts them, in turn in one run, so that a busy machine is busy for all.
 *
 *     npm run bench
 *     npm run bench -- --rounds 100 --against '/path/to/other-command {user} {fingerprint}'
 *     npm run bench -- --executable /usr/bin/eic-agent
 *
 * The bundle is built first; the executable is dist/eic-agent where that exists (npm run build:binary makes it).
 * `{user}` and `{fingerprint}` become a user with one pushed key and that key's fingerprint. Where another command asks
 * a metadata service it must be pointed by its own means: the simulated one's address is printed first, and is in the
 * environment of the bench's children as EIC_BENCH_ENDPOINT.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { prepare } from "../tools/setup.ts";
import { type Contestant, peakMemory, race } from "./race.ts";
import type { Pushed, Ready } from "./service.ts";
import { ratio, table } from "./table.ts";

/** The ratios that a change must not exceed, in one run; see docs/performance.md. */
const BOUNDS = [
  { of: "no key", to: "empty script", atMost: 2.0 },
  { of: "one key", to: "empty script", atMost: 2.5 },
  { of: "one of forty keys", to: "one key", atMost: 1.3 },
  { of: "all of forty keys", to: "one key", atMost: 1.3 },
];
const EXECUTABLE_BOUNDS = [
  { of: "executable: no key", to: "empty script", atMost: 1.6 },
  { of: "executable: one key", to: "empty script", atMost: 2.0 },
  { of: "executable: one of forty keys", to: "executable: one key", atMost: 1.2 },
  { of: "executable: all of forty keys", to: "executable: one key", atMost: 1.2 },
];
/** MiB that a call of the executable may hold. */
const EXECUTABLE_MEMORY = 60;
/** Milliseconds after which keys are pushed anew; they live for 300 s. */
const RENEW = 120_000;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "40" },
    against: { type: "string", multiple: true, default: [] },
    executable: { type: "string" },
  },
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 5) throw new Error("--rounds takes a whole number of at least 5");
if (spawnSync(process.execPath, ["tools/build.ts"], { stdio: "inherit" }).status !== 0) process.exit(1);

await prepare((line) => void process.stdout.write(`${line}\n`), ["memory"]);
const executable = values.executable ?? (existsSync("dist/eic-agent") ? "dist/eic-agent" : undefined);

const folder = mkdtempSync(join(tmpdir(), "eic-bench-"));
chmodSync(folder, 0o755);
/** Who has keys right now; renewed before the first round. */
let pushed: Pushed & { at: number } = { one: "", forty: "", fingerprint: "", at: Number.NEGATIVE_INFINITY };
const service = new Worker(new URL("./service.ts", import.meta.url), { workerData: { folder } });
try {
  const { endpoint, config } = await said<Ready>();
  process.env.EIC_BENCH_ENDPOINT = endpoint;
  say(`Node ${process.versions.node}, ${rounds} rounds in turn, metadata simulated at ${endpoint}`);
  if (executable === undefined) say("no executable: npm run build:binary makes dist/eic-agent");
  else say(`executable: ${executable}, ${spawnSync(executable, ["--version"], { encoding: "utf8" }).stdout.trim()}`);
  const racing = contestants(config);
  const times = await race(racing, rounds, renew);
  const memory = new Map(racing.map((contestant) => [contestant.name, peakMemory(contestant)]));
  say(`\n${table(times, memory)}\n`);
  for (const { of, to, atMost } of [...BOUNDS, ...(executable === undefined ? [] : EXECUTABLE_BOUNDS)]) {
    const [one, other] = [of, to].map((name) => times.find((row) => row.name === name)?.wall ?? []);
    judge(`${of} / ${to}`, ratio(one ?? [], other ?? []), atMost, 2);
  }
  const held = [...memory].filter(([name]) => name.startsWith("executable: ")).map(([, mebibytes]) => mebibytes);
  if (held.length > 0) judge("executable: peak memory in MiB", Math.max(...held), EXECUTABLE_MEMORY, 1);
} finally {
  await service.terminate();
  rmSync(folder, { recursive: true });
}

function said<T>(): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  service.once("message", resolve);
  service.once("error", reject);
  return promise;
}

async function renew(): Promise<void> {
  if (performance.now() - pushed.at < RENEW) return;
  service.postMessage(Math.round(performance.now()));
  pushed = { ...(await said<Pushed>()), at: performance.now() };
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function judge(what: string, found: number, atMost: number, digits: number): void {
  say(
    `${found <= atMost ? "held" : "NOT HELD"}: ${what} = ${found.toFixed(digits)}, at most ${atMost.toFixed(digits)}`,
  );
  if (!(found <= atMost)) process.exitCode = 1;
}

function contestants(config: string): Contestant[] {
  const empty = join(folder, "empty.cjs");
  writeFileSync(empty, "");
  return [
    { name: "empty script", command: () => [process.execPath, empty], prints: 0 },
    ...calls("", [process.execPath, "dist/eic-agent.cjs"], config),
    ...(executable === undefined ? [] : calls("executable: ", [executable], config)),
    ...values.against.map((template) => ({ name: template.split(" ")[0] ?? "", command: () => filled(template) })),
  ];
}

/** The same four calls for each form of the program. */
function calls(label: string, program: readonly string[], config: string): Contestant[] {
  const agent = (...words: string[]) => [...program, "authorized-keys", "--config", config, ...words];
  return [
    { name: `${label}no key`, command: () => agent("nobody", pushed.fingerprint), prints: 0 },
    { name: `${label}one key`, command: () => agent(pushed.one, pushed.fingerprint), prints: 1 },
    { name: `${label}one of forty keys`, command: () => agent(pushed.forty, pushed.fingerprint), prints: 1 },
    { name: `${label}all of forty keys`, command: () => agent(pushed.forty), prints: 40 },
  ];
}

function filled(template: string): string[] {
  const words = template.trim().split(/\s+/);
  return words.map((word) => word.replace("{user}", pushed.one).replace("{fingerprint}", pushed.fingerprint));
}
