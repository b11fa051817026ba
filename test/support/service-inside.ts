/** The warm service inside the test's process, so that its clocks can be moved; its socket and everything else is real. */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type Clock, systemClock } from "../../src/service/clock.ts";
import { listenAt } from "../../src/service/server/listen.ts";
import { Service } from "../../src/service/server/server.ts";
import { type Answered, askAt } from "./service.ts";

export interface InsideService {
  readonly service: Service;
  readonly socket: string;
  /** Lines of records and notices so far. */
  readonly said: string[];
  /** Moves both clocks forward by this many milliseconds, as if this time had passed. */
  pass(ms: number): void;
  /** Sets the time of day forward by this many milliseconds. */
  set(ms: number): void;
  ask(user: string, fingerprint?: string): Promise<Answered>;
}

/** Milliseconds. A call's deadline uses the system's clock; the stopped clock must not be behind it, so it starts ahead. */
const AHEAD = 3_600_000;

/**
 * Starts a service with stopped clocks: its time passes only by `pass`, and by its own timers when they fire. Cache
 * lifetimes then do not depend on the speed of the machine; the deadline of a call never passes.
 */
export const serviceInStandingTime = (config: string): Promise<InsideService> => inside(config, undefined, true);

/** @param idleMs the service ends after so long without a call */
export const serviceInside = (config: string, idleMs?: number): Promise<InsideService> => inside(config, idleMs, false);

async function inside(config: string, idleMs: number | undefined, stands: boolean): Promise<InsideService> {
  const folder = mkdtempSync("/tmp/eic-inside-");
  const socket = join(folder, "s");
  const begun = { monotonic: systemClock.monotonic() + AHEAD, now: Date.now() };
  let passed = 0;
  let set = 0;
  const running: Clock = {
    monotonic: () => systemClock.monotonic() + passed,
    now: () => new Date(Date.now() + passed + set),
    after: systemClock.after,
  };
  const standing: Clock = {
    monotonic: () => begun.monotonic + passed,
    now: () => new Date(begun.now + passed + set),
    after(ms, work) {
      const due = passed + ms;
      return systemClock.after(ms, () => {
        passed = Math.max(passed, due);
        work();
      });
    },
  };
  const clock = stands ? standing : running;
  const said: string[] = [];
  const output = {
    isJournal: false,
    closed: new Promise<string>(() => undefined),
    write: async (text: string) => void said.push(...text.split("\n").slice(0, -1)),
  };
  const service = new Service({
    config,
    clock,
    output,
    version: "0.0.0-test",
    ...(idleMs !== undefined && { idleMs }),
  });
  await service.start(listenAt(socket));
  onTestFinished(async () => {
    service.end("signalled");
    await service.ended;
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    ...{ service, socket, said },
    pass: (ms) => {
      passed += ms;
    },
    set: (ms) => {
      set += ms;
    },
    ask: (user, fingerprint) => askAt(socket, user, fingerprint),
  };
}
