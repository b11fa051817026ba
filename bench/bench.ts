/**
 * `npm run bench`: whole processes, as sshd starts them, in turn in one run, so that a busy machine is busy for all.
 *
 *     npm run bench
 *     npm run bench -- --rounds 100 --against '/path/to/other-command {user} {fingerprint}'
 *
 * `{user}` and `{fingerprint}` become a user with one pushed key and that key's fingerprint. Where another command asks
 * a metadata service it must be pointed by its own means: the simulated one's address is printed first, and is in the
 * environment of the bench's children as EIC_BENCH_ENDPOINT.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { type Contestant, race } from "./race.ts";
import type { Pushed, Ready } from "./service.ts";
import { ratio, table } from "./table.ts";

/** The ratios that a change must not exceed, in one run; see docs/performance.md. */
const BOUNDS = [
  { of: "no key", to: "empty script", atMost: 2.0 },
  { of: "one key", to: "empty script", atMost: 2.5 },
  { of: "one of forty keys", to: "one key", atMost: 1.3 },
  { of: "all of forty keys", to: "one key", atMost: 1.3 },
];
/** Milliseconds after which keys are pushed anew; they live for 300 s. */
const RENEW = 120_000;

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "40" }, against: { type: "string", multiple: true, default: [] } },
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 5) throw new Error("--rounds takes a whole number of at least 5");
if (spawnSync(process.execPath, ["tools/build.ts"], { stdio: "inherit" }).status !== 0) process.exit(1);

const folder = mkdtempSync(join(tmpdir(), "eic-bench-"));
chmodSync(folder, 0o755);
/** Who has keys right now; renewed before the first round. */
let pushed: Pushed & { at: number } = { one: "", forty: "", fingerprint: "", at: Number.NEGATIVE_INFINITY };
const service = new Worker(new URL("./service.ts", import.meta.url), { workerData: { folder } });
try {
  const { endpoint, config } = await said<Ready>();
  process.env.EIC_BENCH_ENDPOINT = endpoint;
  process.stdout.write(
    `Node ${process.versions.node}, ${rounds} rounds in turn, metadata simulated at ${endpoint}\n\n`,
  );
  const times = await race(contestants(config), rounds, renew);
  process.stdout.write(`${table(times)}\n\n`);
  for (const { of, to, atMost } of BOUNDS) {
    const [one, other] = [of, to].map((name) => times.find((row) => row.name === name)?.wall ?? []);
    const found = ratio(one ?? [], other ?? []);
    const word = found <= atMost ? "held" : "NOT HELD";
    process.stdout.write(`${word}: ${of} / ${to} = ${found.toFixed(2)}, at most ${atMost.toFixed(1)}\n`);
    if (!(found <= atMost)) process.exitCode = 1;
  }
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

function contestants(config: string): Contestant[] {
  const empty = join(folder, "empty.cjs");
  writeFileSync(empty, "");
  const agent = (...words: string[]) => [
    process.execPath,
    "dist/eic-agent.cjs",
    "authorized-keys",
    "--config",
    config,
    ...words,
  ];
  return [
    { name: "empty script", command: () => [process.execPath, empty], prints: 0 },
    { name: "no key", command: () => agent("nobody", pushed.fingerprint), prints: 0 },
    { name: "one key", command: () => agent(pushed.one, pushed.fingerprint), prints: 1 },
    { name: "one of forty keys", command: () => agent(pushed.forty, pushed.fingerprint), prints: 1 },
    { name: "all of forty keys", command: () => agent(pushed.forty), prints: 40 },
    ...values.against.map((template) => ({ name: template.split(" ")[0] ?? "", command: () => filled(template) })),
  ];
}

function filled(template: string): string[] {
  const words = template.trim().split(/\s+/);
  return words.map((word) => word.replace("{user}", pushed.one).replace("{fingerprint}", pushed.fingerprint));
}
