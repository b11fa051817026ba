/** The warm service inside the test's own process, so that its clocks can be moved; its socket and all else is real. */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type Clock, systemClock } from "../../src/service/clock.ts";
import { listenAt } from "../../src/service/listening.ts";
import { Service } from "../../src/service/server.ts";
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

export async function serviceInside(config: string, idleMs?: number): Promise<InsideService> {
  const folder = mkdtempSync("/tmp/eic-inside-");
  const socket = join(folder, "s");
  let passed = 0;
  let set = 0;
  const clock: Clock = {
    monotonic: () => systemClock.monotonic() + passed,
    now: () => new Date(Date.now() + passed + set),
    after: systemClock.after,
  };
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
