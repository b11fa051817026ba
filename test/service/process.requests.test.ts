/** Requests to the service as a process, from the built bundle: malformed, slow, abandoned, too many, and too late. */
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { fingerprint, KEY } from "../support/keys.ts";
import { callBytes, exchangeBytes, heard, startService } from "../support/service.ts";
import { simulated } from "../support/simulated.ts";

const one = simulated();
const FINGERPRINT = fingerprint(KEY);
const YES = { status: 0, lines: `${KEY}\n` };

describe("a request", () => {
  test.each([
    { title: "in another format", bytes: Buffer.from("GET / HTTP/1.0\r\n\r\n") },
    { title: "of more than 1 KiB", bytes: callBytes("a".repeat(1017)) },
    { title: "with data after its end", bytes: Buffer.concat([callBytes("alice"), Buffer.from("x")]) },
    { title: "of nothing but zeros", bytes: Buffer.alloc(4096) },
  ])("$title is closed without an answer", async ({ bytes }) => {
    const service = await startService(one().config);
    expect(await exchangeBytes(service.socket, bytes)).toEqual(Buffer.alloc(0));
    expect((await service.status()).calls).toMatchObject({ total: 0, rejected: 1 });
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
    expect((await service.status()).calls).toMatchObject({ total: 1, rejected: 1 });
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
    expect((await service.status()).answers).toEqual({ disconnected: 40, "no-keys": 1 });
  });

  test('is one of at most 568: the others get "busy", at once', async () => {
    const { simulator, settings } = one();
    const service = await startService(await settings({ metadata: { deadline_ms: 2500 } }));
    simulator.faults.set({ fault: "hang", path: "keys" });
    const answers = await Promise.all(Array.from({ length: 600 }, () => service.ask("alice", FINGERPRINT)));
    const counts = Object.groupBy(answers, ({ status }) => String(status));
    // 56 in progress and 512 waiting. The cache can answer no call, so the eight places reserved for such calls remain empty.
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
