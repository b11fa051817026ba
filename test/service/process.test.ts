/** The service as a process, from the built bundle: its socket, its limits, its start and its end. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, lstatSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { agent, command, run, runOnTerminal } from "../support/agent.ts";
import { fingerprint, KEY } from "../support/keys.ts";
import { isExecutable } from "../support/program.ts";
import { askAt, callBytes, exchangeBytes, heard, serviceAt, startService } from "../support/service.ts";
import { simulated } from "../support/simulated.ts";

const one = simulated();
const FINGERPRINT = fingerprint(KEY);
const YES = { status: 0, lines: `${KEY}\n` };
const NO_ANSWER = { status: undefined, lines: "" };

function folder(): string {
  const at = mkdtempSync("/tmp/eic-serve-");
  onTestFinished(() => rmSync(at, { recursive: true, force: true }));
  return at;
}

/** Waits until the simulator has received this many requests for key documents. */
async function documentsAsked(count: number): Promise<void> {
  while (one().simulator.requests.filter(({ path }) => path.includes("/active-keys/")).length < count) {
    await new Promise((next) => setTimeout(next, 5));
  }
}

describe("a request", () => {
  test.each([
    { title: "in another format", bytes: Buffer.from("GET / HTTP/1.0\r\n\r\n") },
    { title: "of more than 1 KiB", bytes: callBytes("a".repeat(1017)) },
    { title: "with data after its end", bytes: Buffer.concat([callBytes("alice"), Buffer.from("x")]) },
    { title: "of nothing but zeros", bytes: Buffer.alloc(4096) },
  ])("$title is closed without an answer", async ({ bytes }) => {
    const service = await startService(one().config);
    expect(await exchangeBytes(service.socket, bytes)).toEqual(Buffer.alloc(0));
    expect((await service.status()).calls).toMatchObject({ total: 0, unheard: 1 });
  });

  test("whose client stops in the middle is closed after a second without an answer, while others are answered", async () => {
    const { simulator, config } = one();
    simulator.push({ user: "alice", publicKey: KEY });
    const service = await startService(config);
    const slow = connect(service.socket);
    const all = heard(slow);
    slow.write(callBytes("alice").subarray(0, 9));
    expect(await service.ask("alice", FINGERPRINT)).toEqual(YES);
    expect(await all).toEqual(Buffer.alloc(0));
    expect((await service.status()).calls).toMatchObject({ total: 1, unheard: 1 });
  });

  test("that comes byte by byte is valid", async () => {
    const { simulator, config } = one();
    simulator.push({ user: "drip", publicKey: KEY });
    const service = await startService(config);
    const socket = connect(service.socket);
    const all = heard(socket);
    for (const byte of callBytes("drip", FINGERPRINT)) {
      socket.write(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    expect((await all).toString("latin1", 12)).toBe(`${KEY}\n`);
  });

  test("of a client that goes away before a fetch for it costs nothing", async () => {
    const { simulator, config } = one();
    const service = await startService(config);
    // Every call waits for the token first.
    simulator.faults.set({ fault: "slow", path: "token", ms: 400, times: 1 });
    const clients = Array.from({ length: 40 }, (_, i) => {
      const socket = connect(service.socket);
      socket.write(callBytes(`gone-${i}`, FINGERPRINT));
      return socket;
    });
    while ((await service.status()).calls.total < 40) await new Promise(setImmediate);
    for (const socket of clients) socket.destroy();
    const stays = service.ask("stays");
    expect(await stays).toEqual({ status: 0, lines: "" });
    const users = simulator.requests.flatMap(({ user }) => (user === undefined ? [] : [user]));
    expect(users).toEqual(["stays"]);
    expect((await service.status()).answers).toEqual({ gone: 40, "no-keys": 1 });
  });

  test('is one of at most 568: the others get "busy", at once', async () => {
    const { simulator, settings } = one();
    const service = await startService(await settings({ metadata: { deadline_ms: 2500 } }));
    simulator.faults.set({ fault: "hang", path: "keys" });
    const answers = await Promise.all(Array.from({ length: 600 }, () => service.ask("alice", FINGERPRINT)));
    const counts = Object.groupBy(answers, ({ status }) => String(status));
    // 56 in work and 512 waiting. The cache can answer no call, so the eight places reserved for such calls remain empty.
    expect(counts["3"]?.length).toBe(600 - 56 - 512);
    expect(counts["1"]?.length).toBe(56 + 512);
    const { faults, answers: endings } = await service.status();
    expect(faults).toEqual({ METADATA_TIMEOUT: 56 + 512 });
    expect(endings).toEqual({ busy: 32, fault: 568 });
  });
});

describe("the deadline", () => {
  test("is that of the settings, from the arrival of the call", async () => {
    const { simulator, settings } = one();
    const service = await startService(await settings({ metadata: { deadline_ms: 500 } }));
    simulator.push({ user: "late", publicKey: KEY });
    simulator.faults.set({ fault: "slow", path: "keys", ms: 700 });
    expect(await service.ask("late")).toEqual({ status: 1, lines: "" });
    expect((await service.status()).faults).toEqual({ METADATA_TIMEOUT: 1 });
  });
});

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
    expect(service.said.at(-1)).toBe("service-ending why=told calls=2");
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

describe("its socket, made by hand,", () => {
  test("is for its owner and group", async () => {
    const { socket } = await startService(one().config);
    expect(lstatSync(socket).mode & 0o7777).toBe(0o660);
  });

  test("is not taken from a service that answers", async () => {
    const { config } = one();
    const first = await startService(config);
    const second = await run(command("serve", "--socket", first.socket, "--config", config));
    expect(second).toMatchObject({ status: 1, stdout: "" });
    expect(second.stderr).toBe(`eic-agent: another process already answers at ${first.socket}\n`);
    expect(await first.ask("nobody")).toEqual({ status: 0, lines: "" });
  });

  test("is not put in the place of a file", async () => {
    const path = join(folder(), "file");
    writeFileSync(path, "mine");
    const { status, stderr } = await run(command("serve", "--socket", path, "--config", one().config));
    expect({ status, stderr }).toEqual({ status: 1, stderr: `eic-agent: ${path} exists and is not a socket\n` });
    expect(readFileSync(path, "utf8")).toBe("mine");
  });

  test("is required, if systemd passes none", async () => {
    const { status, stderr } = await run(command("serve", "--config", one().config));
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: "eic-agent: systemd passed no socket; start eic-agent.socket, or name one with --socket PATH\n",
    });
  });
});

describe("a socket of systemd's", () => {
  /** Starts the service as systemd does: descriptor 3 already listens. */
  async function activated(pid: string, count = "1") {
    const path = join(folder(), "s");
    const server = createServer();
    await new Promise<void>((done) => server.listen(path, done));
    onTestFinished(() => void server.close());
    const { fd } = (server as unknown as { _handle: { fd: number } })._handle;
    const words = command("serve", "--config", one().config);
    const child = spawn("sh", ["-c", `LISTEN_FDS=${count} LISTEN_PID=${pid} exec "$@"`, "sh", ...words], {
      stdio: ["ignore", "pipe", "pipe", fd],
      env: { PATH: process.env.PATH },
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    let told = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      told += text;
    });
    return { path, child, told: () => told, server };
  }

  test("is listened on, and still exists when the service has ended", async () => {
    const { simulator } = one();
    simulator.push({ user: "alice", publicKey: KEY });
    const { path, child } = await activated("$$");
    // The test's own server would also take connections if it ever accepted. It does not while its event loop does not run.
    await once(child.stdout ?? child, "data");
    child.kill("SIGTERM");
    expect((await once(child, "exit"))[0]).toBe(0);
    expect(lstatSync(path).isSocket()).toBe(true);
  });

  test.each([
    { title: "that was passed to another process", pid: "1", says: "systemd passed no socket" },
    { title: "together with another socket", pid: "$$", count: "2", says: 'systemd passed "2" sockets, expected one' },
  ])("$title is not used", async ({ pid, count, says }) => {
    const { child, told } = await activated(pid, count);
    expect((await once(child, "close"))[0]).toBe(1);
    expect(told()).toContain(says);
  });
});

// The bug is injected with an option of Node, and the executable accepts no such option.
if (!isExecutable)
  describe("a bug", () => {
    /** Runs the service with a script that Node loads before it. */
    const runWith = (text: string) => {
      const at = folder();
      const bug = join(at, "bug.cjs");
      writeFileSync(bug, text);
      const [program = "", ...words] = command("serve", "--socket", join(at, "s"), "--config", one().config);
      return run([program, "--require", bug, ...words]);
    };

    test("outside of any call ends the service with a status that systemd takes for a failure, and without its text", async () => {
      const { status, stderr } = await runWith('setTimeout(() => { throw new TypeError("TOKEN-AND-KEY"); }, 300);\n');
      expect(status).toBe(1);
      expect(stderr).toMatch(/^service-crashed error="TypeError at .*"\n$/);
      expect(stderr).not.toContain("TOKEN-AND-KEY");
    });

    test("in an unhandled rejection does, too", async () => {
      const { status, stderr } = await runWith('setTimeout(() => void Promise.reject(new RangeError("x")), 300);\n');
      expect({ status, begins: stderr.slice(0, 33) }).toEqual({
        status: 1,
        begins: 'service-crashed error="RangeError',
      });
    });
  });

describe("standard output", () => {
  test("has a severity before each line if it is the journal, and only then", async () => {
    const words = command("serve", "--socket", join(folder(), "s"), "--config", one().config);
    for (const stream of ["$(stat -L -c %d:%i /proc/$$/fd/1)", "8:1"]) {
      const script = `JOURNAL_STREAM=${stream} exec "$@"`;
      const child = spawn("sh", ["-c", script, "sh", ...words], { stdio: ["ignore", "pipe", "inherit"] });
      onTestFinished(() => void child.kill("SIGKILL"));
      const [text] = await once(child.stdout, "data");
      expect(String(text)).toMatch(stream === "8:1" ? /^service-ready / : /^<6>service-ready /);
      child.kill("SIGTERM");
      await once(child, "exit");
    }
  });

  test("has a record of each key that is passed to sshd, and one for each minute of repeated events", async () => {
    const { simulator, settings } = one();
    const service = await startService(await settings({ audit: { target: "journal" } }));
    simulator.push({
      user: "recorded",
      publicKey: KEY,
      caller: "arn:aws:iam::111122223333:user/bob",
      requestId: "r-1",
    });
    for (let i = 0; i < 3; i += 1) expect(await service.ask("recorded", FINGERPRINT)).toEqual(YES);
    simulator.push({ user: "mallory", publicKey: KEY, instance: "i-00000000000000000" });
    for (let i = 0; i < 3; i += 1) await service.ask("mallory", FINGERPRINT);
    simulator.faults.set({ fault: "503", path: "keys" });
    for (let i = 0; i < 4; i += 1) expect((await service.ask(`user-${i}`)).status).toBe(1);
    const { records } = await service.status();
    expect(records).toEqual({ counted: 2 + 3, written: 3 + 1 + 1 });
    service.child.kill("SIGTERM");
    await service.ended;
    const events = service.said.map((line) => line.split(" ")[0]);
    const times = (event: string) => events.filter((one) => one === event).length;
    expect(times("key-offered-to-sshd")).toBe(3);
    expect(service.said).toContainEqual(
      expect.stringMatching(
        /^key-offered-to-sshd user=recorded fingerprint=\S+ caller=arn:aws:iam::111122223333:user\/bob request_id=r-1 expires=\S+ seconds_left=\d+$/,
      ),
    );
    // Logged at once, and at the end with the number of further ones.
    const refusals = service.said.filter((line) => line.startsWith("key-refused user=mallory"));
    expect(refusals.map((line) => / count=(\d+)$/.exec(line)?.[1])).toEqual([undefined, "2"]);
    const faults = service.said.filter((line) => line.startsWith("fault "));
    expect(faults.map((line) => / count=(\d+)$/.exec(line)?.[1])).toEqual([undefined, "3"]);
    expect(faults[1]).toContain("user=user-3");
  });

  test("that is closed ends the service, and with [audit] required no key is returned before that", async () => {
    const { simulator, settings } = one();
    simulator.push({ user: "alice", publicKey: KEY });
    const config = await settings({ audit: { target: "journal", required: true } });
    const service = await startService(config);
    expect(await service.ask("alice", FINGERPRINT)).toEqual(YES);
    service.child.stdout?.destroy();
    const after = await service.ask("alice", FINGERPRINT);
    expect(after.lines).toBe("");
    expect(await service.ended).toBe(1);
  });
});

test("named settings that do not exist are a Fault for every call", async () => {
  const service = await startService(join(folder(), "absent.toml"));
  expect(await service.ask("alice")).toEqual({ status: 1, lines: "" });
  expect((await service.status()).faults).toEqual({ FILE_UNREADABLE: 1 });
  expect(await askAt(service.socket, "alice")).toEqual({ status: 1, lines: "" });
});
