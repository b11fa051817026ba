/**
 * Every fault of the simulator on every path that the agent requests, once, twice and always, through the built program.
 * The expected outcome is derived from a few rules, so that a new fault or path cannot be forgotten.
 */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { type FaultName, INJECTED_FAULTS } from "../../src/simulator/faults.ts";
import { type Simulator, startSimulator } from "../../src/simulator/simulator.ts";
import { limit } from "../../tools/slowness.ts";
import { agent, runOnTerminal } from "../support/agent.ts";
import { KEY } from "../support/keys.ts";
import { UNRECORDED } from "../support/simulated.ts";

const PATHS = ["token", "keys", "instance-id", "region", "domain", "signer-cert", "signer-ocsp", "staple"] as const;
type Path = (typeof PATHS)[number];

/** `key`: prints the key, exit 0. `silence`: prints nothing, exit 0. A code: nothing, exit 1, and the code on a terminal. */
type Outcome = "key" | "silence" | string;

const HARMLESS: readonly FaultName[] = ["chunked", "lengthless", "close"];
/** Faults that the agent retries: broken connections, and a busy service. */
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
  // If a token is refused right after it was fetched, the reason is not its age. Of two staples, each is refused once.
  const tokenExpired = fault === "401" && path !== "token";
  if (tokenExpired && (times === "once" || (times === "twice" && path === "staple"))) return "key";
  // A staple that could not be fetched, for any reason, is absent, and the certificate is not accepted without it.
  if (path === "staple") return "STAPLE_UNFETCHED";
  if (BROKEN.includes(fault)) return "METADATA_BROKEN";
  if (fault === "garbage") return "METADATA_MALFORMED";
  if (fault === "oversized" || fault.startsWith("endless")) return "METADATA_TOO_LARGE";
  if (fault === "hang" || fault === "slow" || fault.startsWith("drip")) return "METADATA_TIMEOUT";
  return "METADATA_STATUS";
}

/** Milliseconds. A request may take one second: `slow` exceeds it, and `drip` cannot complete within it. */
const TIMES = { slow: 1500, drip: 400, "drip-head": 400 } as Partial<Record<FaultName, number>>;

const ALL = (["once", "twice", "always"] as const).flatMap((times) =>
  PATHS.flatMap((path) =>
    (Object.keys(INJECTED_FAULTS) as FaultName[]).map((fault) => ({
      fault,
      path,
      times,
      gives: expected(fault, path, times),
    })),
  ),
);
/** A case is kept only if one more occurrence of the fault would give another outcome. */
const MORE = { once: "twice", twice: "always" } as const;
const CASES = ALL.filter(
  // Two pauses of one second leave too little time before the deadline: test/metadata/retry.test.ts tests them.
  ({ fault, times }) => !(fault === "throttled" && times === "twice"),
).filter(
  ({ fault, path, times, gives }) =>
    times === "always" || fault === "throttled" || gives !== expected(fault, path, MORE[times]),
);

/** Deadline in milliseconds of a call that retries until its deadline. */
const HURRY_MS = 2500;
const COUNT = { once: 1, twice: 2 } as const;

type FaultCase = (typeof CASES)[number];

/** Returns whether a call waits for most of its time and uses hardly any processor time. */
const waits = ({ fault, times }: FaultCase): boolean =>
  (times === "always" && (BROKEN.includes(fault) || BUSY.includes(fault))) || fault === "hang" || fault in TIMES;

/** Number of waiting calls that run in parallel. One of the other calls runs alongside them. */
const WAITING = 5;

interface Called {
  readonly status: number | null;
  readonly stdout: string;
  readonly code: string | undefined;
}
const called = new Map<FaultCase, Called | { error: unknown }>();

beforeAll(async () => {
  process.stdout.write(`faults × paths × times: ${CASES.length} cases\n`);
  const folder = mkdtempSync(join(tmpdir(), "eic-faults-"));
  chmodSync(folder, 0o755);
  const waiting = CASES.filter(waits).values();
  const others = CASES.filter((one) => !waits(one)).values();
  await Promise.all([lane(folder, others), ...Array.from({ length: WAITING }, () => lane(folder, waiting))]);
  rmSync(folder, { recursive: true });
}, limit(400));

/** Starts a separate simulator, and makes one call after another. */
async function lane(folder: string, cases: Iterable<FaultCase>): Promise<void> {
  const simulator = await startSimulator({ authority: { caKey: "ec-p256" } });
  const { config } = await simulator.writeSettings(mkdtempSync(join(folder, "settings-")), UNRECORDED);
  const place = mkdtempSync(join(folder, "settings-"));
  const hurry = { ...UNRECORDED, metadata: { deadline_ms: HURRY_MS } };
  const { config: hurried } = await simulator.writeSettings(place, hurry);
  for (const one of cases) {
    called.set(one, await callWith(one, simulator, { config, hurried }).catch((error: unknown) => ({ error })));
    simulator.faults.clear();
  }
  await simulator.close();
}

async function callWith(
  { fault, path, times }: FaultCase,
  simulator: Simulator,
  { config, hurried }: { config: string; hurried: string },
): Promise<Called> {
  const isTriedToTheEnd = times === "always" && (BROKEN.includes(fault) || BUSY.includes(fault));
  const ms = TIMES[fault];
  // Each case has a separate user: a lane takes longer than the lifetime of a key.
  const user = `${fault}-${path}-${times}`;
  simulator.push({ user, publicKey: KEY });
  simulator.faults.set({ fault, path, ...(times !== "always" && { times: COUNT[times] }), ...(ms && { ms }) });
  const { status, stdout, told } = await runOnTerminal(agent(isTriedToTheEnd ? hurried : config, user));
  return { status, stdout, code: /^eic-agent: ([A-Z_]+):/m.exec(told)?.[1] };
}

describe("a fault of the metadata service", () => {
  test.each(CASES)("$fault on $path, $times: $gives", (one) => {
    const { gives } = one;
    const came = called.get(one);
    if (came === undefined) throw new Error("it was not called");
    if ("error" in came) throw came.error;
    expect(came).toEqual({
      status: gives === "key" || gives === "silence" ? 0 : 1,
      stdout: gives === "key" ? `${KEY}\n` : "",
      code: gives === "key" || gives === "silence" ? undefined : gives,
    });
  });

  test("is on a path that the agent requests, each", () => {
    expect(ALL.length).toBe(Object.keys(INJECTED_FAULTS).length * PATHS.length * 3);
    expect(new Set(CASES.map(({ fault, path }) => `${fault} ${path}`)).size).toBe(ALL.length / 3);
  });
});
