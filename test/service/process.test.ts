/** The service as a process, from the built bundle: its start and its end, and what the one-shot program adds for the relay. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, lstatSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { agent, run, runOnTerminal } from "../support/agent.ts";
import { fingerprint, KEY } from "../support/keys.ts";
import { askAt, serviceAt, startService } from "../support/service.ts";
import { simulated } from "../support/simulated.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const one = simulated();
const FINGERPRINT = fingerprint(KEY);
const YES = { status: 0, lines: `${KEY}\n` };
const NO_ANSWER = { status: undefined, lines: "" };

/** Waits until the simulator has received this many requests for key documents. */
async function documentsAsked(count: number): Promise<void> {
  while (one().simulator.requests.filter(({ path }) => path.includes("/active-keys/")).length < count) {
    await new Promise((next) => setTimeout(next, 5));
  }
}

describe("--within", () => {
  test("lowers the one-shot program's deadline", async () => {
    const { simulator, config } = one();
    simulator.push({ user: "hurry", publicKey: KEY });
    expect(await run(agent(config, "--within", "60000", "hurry"))).toMatchObject({ status: 0, stdout: `${KEY}\n` });
    simulator.faults.set({ fault: "hang", path: "keys" });
    const hurried = agent(config, "--within", "600", "hurry");
    expect(await run(hurried)).toMatchObject({ status: 1, stdout: "", stderr: "" });
    // Earlier than the 1 s that every single request has.
    expect((await runOnTerminal(hurried)).told).toContain("the deadline of the whole call has passed");
  });

  test("does not exceed that of the settings", async () => {
    const { simulator, settings } = one();
    simulator.push({ user: "calm", publicKey: KEY });
    simulator.faults.set({ fault: "hang", path: "keys" });
    const config = await settings({ metadata: { deadline_ms: 600 } });
    const calm = await runOnTerminal(agent(config, "--within", "3900", "calm"));
    expect(calm).toMatchObject({ status: 1, stdout: "" });
    expect(calm.told).toContain("the deadline of the whole call has passed");
  });
});

test("a slot of the one-shot program is released when it ends: its children do not inherit it", async () => {
  const { simulator, config } = one();
  simulator.push({ user: "slot", publicKey: KEY });
  simulator.faults.set({ fault: "slow", path: "keys", ms: 700, times: 1 });
  const [program = "", ...words] = agent(config, "slot");
  const slot = openSync(config, "r");
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "inherit", slot] });
  onTestFinished(() => {
    child.kill("SIGKILL");
    closeSync(slot);
  });
  const ended = once(child, "exit");
  await documentsAsked(1);
  const flags = /^flags:\s+([0-7]+)$/m.exec(readFileSync(`/proc/${child.pid}/fdinfo/3`, "utf8"))?.[1] ?? "";
  // Close-on-exec (open(2)), as fdinfo shows it (proc(5)).
  expect(Number.parseInt(flags, 8) & 0o2000000).toBe(0o2000000);
  expect(await ended).toEqual([0, null]);
});

describe("SIGTERM", () => {
  test("answers the running calls, and accepts no others", async () => {
    const { simulator, config } = one();
    const service = await startService(config);
    simulator.push({ user: "last", publicKey: KEY });
    simulator.faults.set({ fault: "slow", path: "keys", ms: 500, times: 1 });
    const calls = [service.ask("last", FINGERPRINT), service.ask("last", FINGERPRINT)];
    await documentsAsked(1);
    service.child.kill("SIGTERM");
    expect(await Promise.all(calls)).toEqual([YES, YES]);
    expect(await service.ended).toBe(0);
    expect(service.said.at(-1)).toBe("service-ending why=signalled calls=2");
    expect(service.stderr()).toBe("");
    expect(lstatSync(service.socket, { throwIfNoEntry: false })).toBeUndefined();
  });

  test("ends it at once if there is no call", async () => {
    const service = await startService(one().config);
    service.child.kill("SIGTERM");
    expect(await service.ended).toBe(0);
  });
});

describe("SIGKILL", () => {
  test("in the middle of calls gives none of them an answer, and the next service takes over the socket", async () => {
    const { simulator, config } = one();
    const service = await startService(config);
    simulator.push({ user: "alice", publicKey: KEY });
    simulator.faults.set({ fault: "slow", path: "keys", ms: 500, times: 1 });
    const calls = Array.from({ length: 20 }, () => service.ask("alice", FINGERPRINT));
    await documentsAsked(1);
    service.child.kill("SIGKILL");
    expect(await Promise.all(calls)).toEqual(calls.map(() => NO_ANSWER));
    expect(await service.ended).toBe("SIGKILL");
    const next = await serviceAt(service.socket, config);
    expect(await next.ask("alice", FINGERPRINT)).toEqual(YES);
  });
});

test("SIGUSR1 opens no debugger", async () => {
  const service = await startService(one().config);
  service.child.kill("SIGUSR1");
  expect(await service.ask("nobody")).toEqual({ status: 0, lines: "" });
  expect(service.stderr()).toBe("");
});

test("named settings that do not exist are a Fault for every call", async () => {
  const service = await startService(join(temporaryFolder(), "absent.toml"));
  expect(await service.ask("alice")).toEqual({ status: 1, lines: "" });
  expect((await service.status()).faults).toEqual({ FILE_UNREADABLE: 1 });
  expect(await askAt(service.socket, "alice")).toEqual({ status: 1, lines: "" });
});
