/** A call that triggers a bug, and a service that gets no calls. */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { AdmissionQueue } from "../../src/service/admission/admission-queue.ts";
import type { Caches } from "../../src/service/cache/caches.ts";
import type { Configuration } from "../../src/service/cache/configuration.ts";
import { systemClock } from "../../src/service/clock.ts";
import {
  type CallServices,
  errorSummary,
  handleCall,
  ResourcesExhausted,
} from "../../src/service/server/handle-call.ts";
import { listenAt } from "../../src/service/server/listen.ts";
import { Service } from "../../src/service/server/server.ts";
import { Records } from "../../src/service/telemetry/audit-log.ts";
import { Counters } from "../../src/service/telemetry/counters.ts";
import { Fault } from "../../src/verify/errors.ts";
import { fingerprint, KEY } from "../support/keys.ts";
import { askAt, statusAt } from "../support/service.ts";
import { serviceInside } from "../support/service-inside.ts";
import { simulated } from "../support/simulated.ts";

const one = simulated();

test("a bug in one call affects only that call: status 1, a line without its text, and the place is free again", async () => {
  const said: string[] = [];
  const output = {
    isJournal: true,
    closed: new Promise<string>(() => undefined),
    write: async (text: string) => void said.push(text),
  };
  const counters = new Counters();
  const queue = new AdmissionQueue({ work: 1, fastPath: 0, waiting: 0 }, systemClock);
  const configuration = {
    last: undefined,
    current: () => Promise.reject(new TypeError("of a TOKEN")),
  } as unknown as Configuration<Caches>;
  const records = new Records(output, systemClock, counters);
  const services: CallServices = { clock: systemClock, counters, queue, configuration, records, named: false };
  const request = { user: "alice", fingerprint: undefined };
  for (let i = 0; i < 3; i += 1) {
    const never = new AbortController().signal;
    expect(await handleCall(request, systemClock.monotonic(), never, services)).toEqual({
      outcome: "fault",
      lines: "",
    });
  }
  expect(queue.inProgress).toBe(0);
  expect([...counters.endings]).toEqual([["bug", 3]]);
  // The same error is logged once a minute.
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(/^<4>call-crashed error="?TypeError/);
  expect(said[0]).not.toContain("TOKEN");
  await records.flush();
  expect(said[1]).toMatch(/ count=2\n$/);
});

test("without a free descriptor, the call has no answer, is counted as that, and is not a Fault", async () => {
  const said: string[] = [];
  const output = {
    isJournal: false,
    closed: new Promise<string>(() => undefined),
    write: async (text: string) => void said.push(text),
  };
  const counters = new Counters();
  const queue = new AdmissionQueue({ work: 1, fastPath: 0, waiting: 0 }, systemClock);
  const lacking = Object.assign(new Error("connect EMFILE 192.0.2.1:80"), { code: "EMFILE" });
  const cause = new Error("192.0.2.1:80: connect EMFILE", { cause: lacking });
  const configuration = {
    last: undefined,
    current: () => Promise.reject(new Fault("METADATA_UNREACHABLE", "none", {}, { cause })),
  } as unknown as Configuration<Caches>;
  const records = new Records(output, systemClock, counters);
  const services: CallServices = { clock: systemClock, counters, queue, configuration, records, named: false };
  const never = new AbortController().signal;
  const call = handleCall({ user: "alice", fingerprint: undefined }, systemClock.monotonic(), never, services);
  await expect(call).rejects.toThrow(ResourcesExhausted);
  expect(queue.inProgress).toBe(0);
  expect([...counters.endings, ...counters.faults]).toEqual([["exhausted", 1]]);
  expect(said).toEqual(["call-crashed error=EMFILE\n"]);
});

test("a bug is reported with its place, and without any values", () => {
  const error = new RangeError("secret");
  expect(errorSummary(error)).toMatch(/^RangeError at .*handle-call\.test\.ts/);
  expect(errorSummary(error)).not.toContain("secret");
  error.stack =
    "RangeError: secret\n    at here (file:1:2)\n    at process.x (node:internal/x:3:4)\n    at there (file:5:6)";
  expect(errorSummary(error)).toBe("RangeError at here (file:1:2) at there (file:5:6)");
  expect(errorSummary("secret")).toBe("string");
});

test("an idle service ends by itself, and a status request does not prevent that", async () => {
  const { service, ask } = await serviceInside(one().config, 150);
  const began = performance.now();
  await ask("nobody");
  const asking = setInterval(() => service.status(), 20);
  expect(await service.ended).toBe("idle");
  clearInterval(asking);
  expect(performance.now() - began).toBeGreaterThanOrEqual(150);
});

test("a key is returned only after its record was written, and meanwhile others are served", async () => {
  const { simulator, settings } = one();
  const config = await settings({ audit: { target: "journal" } });
  const taken = Promise.withResolvers<void>();
  const written: string[] = [];
  const output = {
    isJournal: true,
    closed: new Promise<string>(() => undefined),
    write: (text: string) => {
      written.push(text);
      return taken.promise;
    },
  };
  const folder = mkdtempSync("/tmp/eic-calls-");
  const service = new Service({ config, clock: systemClock, output, version: "0.0.0-test" });
  await service.start(listenAt(join(folder, "s")));
  onTestFinished(async () => {
    service.end("signalled");
    await service.ended;
    rmSync(folder, { recursive: true });
  });
  simulator.push({ user: "alice", publicKey: KEY });
  let answered = false;
  const asked = askAt(join(folder, "s"), "alice", fingerprint(KEY)).finally(() => {
    answered = true;
  });
  while (written.length === 0) await new Promise(setImmediate);
  expect(written[0]).toContain("key-offered-to-sshd");
  // Data that was sent before these requests has arrived by then.
  for (let i = 0; i < 5; i += 1) expect((await statusAt(join(folder, "s"))).answers).toEqual({});
  expect(answered).toBe(false);
  taken.resolve();
  expect(await asked).toEqual({ status: 0, lines: `${KEY}\n` });
});
