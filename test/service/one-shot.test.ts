/** The note that a one-shot program sends to the service: its effect on the counters, and that it changes no answer. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { listenAt } from "../../src/service/server/listen.ts";
import { Service } from "../../src/service/server/server.ts";
import { limit } from "../../tools/slowness.ts";
import { isRoot, programPath } from "../../tools/system.ts";
import { agent, command, type Run, run } from "../support/agent.ts";
import { fakeClock } from "../support/fake-clock.ts";
import { fingerprint, KEY } from "../support/keys.ts";
import { describeWith } from "../support/needs.ts";
import { exchangeBytes, type RunningService, serviceAt, startService } from "../support/service.ts";
import { simulated } from "../support/simulated.ts";

const one = simulated();
const FINGERPRINT = fingerprint(KEY);
const note = (...code: number[]) => Buffer.from([0x45, 0x49, 0x4e, 1, ...code]);
const NAME = "authorized-keys.sock";
const YES = { status: 0, stdout: `${KEY}\n`, stderr: "", signal: null };

/** Creates a separate folder, which a one-shot program sees as /run/eic-agent. */
function folder(): string {
  const at = mkdtempSync("/tmp/eic-note-");
  onTestFinished(() => rmSync(at, { recursive: true, force: true }));
  return at;
}

const INSIDE = 'mount -t tmpfs tmpfs /run && mkdir /run/eic-agent && mount --bind "$0" /run/eic-agent && exec "$@"';

/** Runs the built agent with another /run, and with no other change. */
function runAt(runFolder: string, words: readonly string[]): Promise<Run> {
  const user = isRoot() ? [] : ["--user", "--map-root-user"];
  const apart = [programPath("unshare") ?? "unshare", ...user, "--mount", "--propagation", "private"];
  return run([...apart, "sh", "-c", INSIDE, runFolder, ...words]);
}

async function freeze({ child }: RunningService): Promise<void> {
  child.kill("SIGSTOP");
  const stat = () => readFileSync(`/proc/${child.pid}/stat`, "utf8");
  await vi.waitFor(() => expect(stat()).toMatch(/^\d+ \(.*\) T /), 5000);
}

describeWith("namespace", "a call that the one-shot program answered for the relay", () => {
  test("while the service is frozen is counted when it continues: its ending, and nothing else", async () => {
    const { simulator, config, settings } = one();
    const at = folder();
    const service = await serviceAt(join(at, NAME), config);
    simulator.push({ user: "alice", publicKey: KEY });
    expect((await service.status()).oneShots).toEqual({});
    await freeze(service);
    const asked = (file: string, ms: number, ...words: string[]) =>
      runAt(at, agent(file, "--within", `${ms}`, "--", ...words));
    expect(await asked(config, 3900, "alice", FINGERPRINT)).toMatchObject(YES);
    expect(await asked(config, 3900, "alice")).toMatchObject(YES);
    expect(await asked(config, 3900, "nobody", FINGERPRINT)).toMatchObject({ ...YES, stdout: "" });
    const failed = { status: 1, stdout: "", stderr: "" };
    expect(await asked(join(at, "absent.toml"), 3900, "alice")).toMatchObject(failed);
    // Node's own start counts, which takes longer on a slow machine.
    const short = Math.min(3000, limit(0.7));
    // A program that runs out of time still has time reserved for the note, with a record before it and without.
    simulator.faults.set({ fault: "hang", path: "keys" });
    expect(await asked(config, short, "alice")).toMatchObject(failed);
    expect(await asked(await settings({ audit: { target: "journal" } }), short, "alice")).toMatchObject(failed);
    simulator.faults.clear();
    service.child.kill("SIGCONT");
    expect(await service.status()).toMatchObject({
      oneShots: { failed: 3, keys: 2, "without-keys": 1 },
      calls: { total: 0, rejected: 0 },
      ...{ answers: {}, faults: {}, milliseconds: { count: 0 } },
    });
    expect(await service.ask("alice", FINGERPRINT)).toEqual({ status: 0, lines: `${KEY}\n` });
    const page = await run(command("status", "--socket", service.socket));
    expect(page.stdout).toMatch(/^one-shot programs {3}3 failed, 2 keys, 1 without-keys: calls that the service did/m);
    const metrics = await run(command("status", "--socket", service.socket, "--prometheus"));
    expect(metrics.stdout).toContain('eic_agent_one_shots_total{kind="failed"} 3\n');
    expect(metrics.stdout).toContain("eic_agent_calls_total 1\n");
  });

  test("is reported only if the relay started it: not by hand, nor with a chained command", async () => {
    const { simulator, config } = one();
    const at = folder();
    const service = await serviceAt(join(at, NAME), config);
    simulator.push({ user: "alice", publicKey: KEY });
    const byHand = (...words: string[]) => runAt(at, agent(config, ...words));
    expect(await byHand("alice", FINGERPRINT)).toMatchObject(YES);
    expect(await byHand("alice", FINGERPRINT, "--", "/usr/bin/true")).toMatchObject(YES);
    expect(await byHand("--within", "3900")).toMatchObject({ status: 2, stdout: "" });
    expect(await service.status()).toMatchObject({ oneShots: {}, calls: { total: 0, rejected: 0 } });
  });

  test.each([
    { title: "no socket", lay: () => undefined },
    { title: "a file in its place", lay: (at: string) => writeFileSync(join(at, NAME), "") },
    {
      title: "a socket that a killed service left behind",
      lay: async (at: string) => {
        const service = await serviceAt(join(at, NAME), one().config);
        service.child.kill("SIGKILL");
        await service.ended;
      },
    },
    {
      title: "a frozen service with a full queue",
      lay: async (at: string) => {
        const service = await serviceAt(join(at, NAME), one().config);
        await freeze(service);
        await fill(service.socket);
      },
    },
    {
      title: "a service that closes each connection at once",
      lay: async (at: string) => {
        const server = createServer((socket) => socket.on("error", () => undefined).destroy());
        await new Promise<void>((done) => server.listen(join(at, NAME), done));
        onTestFinished(() => void server.close());
      },
    },
  ])("is answered the same with $title", async ({ lay }) => {
    const { simulator, config } = one();
    const at = folder();
    await lay(at);
    simulator.push({ user: "alice", publicKey: KEY });
    expect(await runAt(at, agent(config, "--within", "3900", "--", "alice", FINGERPRINT))).toMatchObject(YES);
    const failed = await runAt(at, agent(join(at, "absent.toml"), "--within", "3900", "--", "alice"));
    expect(failed).toMatchObject({ status: 1, stdout: "", stderr: "", signal: null });
  });
});

/** Opens connections until the kernel accepts no more (connect(2), EAGAIN). */
async function fill(path: string): Promise<void> {
  for (;;) {
    const socket = connect(path);
    onTestFinished(() => void socket.destroy());
    const end = await new Promise<string>((resolve) => {
      socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? ""));
      socket.on("connect", () => resolve("taken"));
    });
    if (end === "taken") continue;
    expect(end).toBe("EAGAIN");
    return;
  }
}

describe("a note", () => {
  test.each([
    { title: "of an unknown ending", bytes: note(3) },
    { title: "of two endings", bytes: note(0, 0) },
    { title: "of another version", bytes: Buffer.from([0x45, 0x49, 0x4e, 2, 0]) },
  ])("$title is malformed, and counted as that", async ({ bytes }) => {
    const service = await startService(one().config);
    expect(await exchangeBytes(service.socket, bytes)).toEqual(Buffer.alloc(0));
    expect(await service.status()).toMatchObject({ oneShots: {}, calls: { total: 0, rejected: 1 } });
  });

  test("has no answer, and the connection is closed", async () => {
    const service = await startService(one().config);
    for (const code of [0, 1, 2]) expect(await exchangeBytes(service.socket, note(code))).toEqual(Buffer.alloc(0));
    expect((await service.status()).oneShots).toEqual({ failed: 1, keys: 1, "without-keys": 1 });
  });

  test('is counted in a crowd that gets "busy"', async () => {
    const service = await startService(one().config);
    const silent = Array.from({ length: 768 }, () => connect(service.socket));
    onTestFinished(() => {
      for (const socket of silent) socket.destroy();
    });
    await Promise.all(silent.map((socket) => new Promise<void>((done) => socket.once("connect", done))));
    const crowded = service.ask("alice");
    expect(await exchangeBytes(service.socket, note(2))).toEqual(Buffer.alloc(0));
    expect((await crowded).status).toBe(3);
    for (const socket of silent) socket.destroy();
    expect(await service.status()).toMatchObject({ oneShots: { failed: 1 }, answers: { busy: 1 } });
  });

  test("keeps the service alive as long as a call does, and no longer", async () => {
    const path = join(folder(), NAME);
    const clock = fakeClock();
    const output = { isJournal: false, closed: new Promise<string>(() => undefined), write: async () => undefined };
    const service = new Service({ config: one().config, clock, output, version: "0.0.0-test" });
    await service.start(listenAt(path));
    let why: string | undefined;
    const ended = service.ended.then((told) => (why = told));
    clock.advance(299_000);
    await exchangeBytes(path, note(0));
    clock.advance(299_000);
    await new Promise(setImmediate);
    expect({ why, oneShots: service.status().oneShots }).toEqual({ why: undefined, oneShots: { keys: 1 } });
    clock.advance(2000);
    expect(await ended).toBe("idle");
  });
});
