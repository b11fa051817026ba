/**
 * Every fault of the simulator on every path that the agent asks, once, twice and always, through the built program. The
 * expectation is derived from a few rules, so that a new fault or path cannot be forgotten.
 */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FAULTS, type FaultName } from "../../src/simulator/faults.ts";
import { type Simulator, startSimulator } from "../../src/simulator/simulator.ts";
import { agent, runOnTerminal } from "../support/agent.ts";
import { KEY } from "../support/keys.ts";
import { isExecutable } from "../support/program.ts";
import { UNRECORDED } from "../support/simulated.ts";

const PATHS = ["token", "keys", "instance-id", "region", "domain", "signer-cert", "signer-ocsp", "staple"] as const;
type Path = (typeof PATHS)[number];

/** `key`: the key is printed, exit 0. `silence`: nothing, exit 0. A code: nothing, exit 1, and a terminal is told it. */
type Outcome = "key" | "silence" | string;

const HARMLESS: readonly FaultName[] = ["chunked", "lengthless", "close"];
/** A connection that broke, or a service that was busy: tried again. */
const BROKEN: readonly FaultName[] = ["cut", "cut-chunked", "reset", "reset-body"];
const BUSY: readonly FaultName[] = ["429", "500", "502", "503", "504", "throttled"];

const WITHOUT_BODY: Record<Path, Outcome> = {
  token: "METADATA_MALFORMED",
  keys: "silence",
  "instance-id": "METADATA_MALFORMED",
  region: "METADATA_MALFORMED",
  domain: "DOMAIN_UNKNOWN",
  "signer-cert": "SIGNER_MALFORMED",
  "signer-ocsp": "STAPLE_MISSING",
  staple: "STAPLE_MALFORMED",
};

type Times = "once" | "twice" | "always";

function expected(fault: FaultName, path: Path, times: Times): Outcome {
  if (HARMLESS.includes(fault)) return "key";
  if (fault === "empty") return WITHOUT_BODY[path];
  if (fault === "404" && path === "keys") return "silence";
  if (fault === "403" && path === "token") return "silence";
  if (times !== "always" && (BROKEN.includes(fault) || BUSY.includes(fault))) return "key";
  // A token that has just been fetched and is refused is refused for another reason. Of two staples each is refused once.
  const tokenExpired = fault === "401" && path !== "token";
  if (tokenExpired && (times === "once" || (times === "twice" && path === "staple"))) return "key";
  // Whatever kept a staple from coming: it is absent, and the certificate ends without one.
  if (path === "staple") return "STAPLE_UNFETCHED";
  if (BROKEN.includes(fault)) return "METADATA_BROKEN";
  if (fault === "garbage") return "METADATA_MALFORMED";
  if (fault === "oversized" || fault.startsWith("endless")) return "METADATA_TOO_LARGE";
  if (fault === "hang" || fault === "slow" || fault.startsWith("drip")) return "METADATA_TIMEOUT";
  return "METADATA_STATUS";
}

/** Milliseconds by which `slow` is too slow, and `drip` never done within the second that a request has. */
const TIMES = { slow: 1500, drip: 400, "drip-head": 400 } as Partial<Record<FaultName, number>>;

const ALL = (["once", "twice", "always"] as const).flatMap((times) =>
  PATHS.flatMap((path) =>
    (Object.keys(FAULTS) as FaultName[]).map((fault) => ({ fault, path, times, gives: expected(fault, path, times) })),
  ),
);
/** All of them with the executable. With the bundle, only what comes out otherwise than with one time more. */
const MORE = { once: "twice", twice: "always" } as const;
const CASES = ALL.filter(
  // Two pauses of a second leave too little of a deadline to count on: test/metadata/retry.test.ts has those.
  ({ fault, times }) => !(fault === "throttled" && times === "twice"),
).filter(
  ({ fault, path, times, gives }) =>
    isExecutable || times === "always" || fault === "throttled" || gives !== expected(fault, path, MORE[times]),
);

/** Milliseconds: the deadline of a call that is tried again until it. */
const HURRY_MS = 2500;
const COUNT = { once: 1, twice: 2 } as const;

/** Each case has a simulator to itself while it runs. */
const ABREAST = 6;
const idle: { simulator: Simulator; config: string; hurried: string }[] = [];
const waiting: ((one: (typeof idle)[number]) => void)[] = [];
let folder: string;

beforeAll(async () => {
  process.stdout.write(`faults × paths × times: ${CASES.length} cases\n`);
  folder = mkdtempSync(join(tmpdir(), "eic-faults-"));
  chmodSync(folder, 0o755);
  for (let i = 0; i < ABREAST; i += 1) {
    const simulator = await startSimulator({ authority: { caKey: "ec-p256" } });
    const { config } = await simulator.writeSettings(mkdtempSync(join(folder, "settings-")), UNRECORDED);
    simulator.push({ user: "alice", publicKey: KEY, lifetimeSeconds: 300 });
    const hurried = mkdtempSync(join(folder, "settings-"));
    const hurry = await simulator.writeSettings(hurried, { ...UNRECORDED, metadata: { deadline_ms: HURRY_MS } });
    idle.push({ simulator, config, hurried: hurry.config });
  }
});

afterAll(async () => {
  await Promise.all(idle.map(({ simulator }) => simulator.close()));
  rmSync(folder, { recursive: true });
});

async function withSimulator<T>(work: (one: (typeof idle)[number]) => Promise<T>): Promise<T> {
  const one = idle.pop() ?? (await new Promise<(typeof idle)[number]>((resolve) => waiting.push(resolve)));
  try {
    return await work(one);
  } finally {
    one.simulator.faults.clear();
    const next = waiting.shift();
    if (next === undefined) idle.push(one);
    else next(one);
  }
}

describe.concurrent("a fault of the metadata service", () => {
  test.each(CASES)("$fault on $path, $times: $gives", async ({ fault, path, times, gives }) => {
    await withSimulator(async ({ simulator, config, hurried }) => {
      const isTriedToTheEnd = times === "always" && (BROKEN.includes(fault) || BUSY.includes(fault));
      const ms = TIMES[fault];
      simulator.faults.set({ fault, path, ...(times !== "always" && { times: COUNT[times] }), ...(ms && { ms }) });
      const { status, stdout, told } = await runOnTerminal(agent(isTriedToTheEnd ? hurried : config, "alice"));
      const code = /^eic-agent: ([A-Z_]+):/m.exec(told)?.[1];
      expect({ status, stdout, code }).toEqual({
        status: gives === "key" || gives === "silence" ? 0 : 1,
        stdout: gives === "key" ? `${KEY}\n` : "",
        code: gives === "key" || gives === "silence" ? undefined : gives,
      });
    });
  });

  test("is on a path that the agent asks, each", () => {
    expect(ALL.length).toBe(Object.keys(FAULTS).length * PATHS.length * 3);
    expect(new Set(CASES.map(({ fault, path }) => `${fault} ${path}`)).size).toBe(ALL.length / 3);
  });
});
