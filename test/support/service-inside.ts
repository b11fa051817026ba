/** The warm service inside the test's own process, so that its clocks can be moved; its socket and all else is real. */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type Clock, systemClock } from "../../src/service/clock.ts";
import { listenAt } from "../../src/service/server/listening.ts";
import { Service } from "../../src/service/server/server.ts";
import { type Answered, askAt } from "./service.ts";

export interface InsideService {
  readonly service: Service;
  readonly socket: string;
  /** Lines of records and notices so far. */
  readonly said: string[];
  /** Milliseconds that both clocks jump ahead together: as if so much time had passed. */
  pass(ms: number): void;
  /** Milliseconds by which somebody sets the time of day. */
  set(ms: number): void;
  ask(user: string, fingerprint?: string): Promise<Answered>;
}

/** Milliseconds. The deadline of a call is counted by the machine's own clock, and a standing one must not be behind it. */
const AHEAD = 3_600_000;

/**
 * One whose clocks stand: time passes for it by `pass` alone, and by what it waits for itself. How long something is
 * remembered then does not depend on how fast the machine is; the deadline of a call never passes.
 */
export const serviceInStandingTime = (config: string): Promise<InsideService> => inside(config, undefined, true);

/** @param idleMs it ends when it was not asked for so long */
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
    gone: new Promise<string>(() => undefined),
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
    service.end("told");
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
