/** The warm service with a metadata service that does not answer: the simulator's faults, through a real socket. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { MetadataClients } from "../../src/service/cache/metadata-clients.ts";
import { neverAborted } from "../../src/service/cache/token-cache.ts";
import { systemClock } from "../../src/service/clock.ts";
import { Counters } from "../../src/service/telemetry/counters.ts";
import { fingerprint, KEY, keyLine } from "../support/keys.ts";
import { serviceInside } from "../support/service-inside.ts";
import { simulated } from "../support/simulated.ts";

const one = simulated();
const FINGERPRINT = fingerprint(KEY);
const YES = { status: 0, lines: `${KEY}\n` };
const NO = { status: 0, lines: "" };
const FAULT = { status: 1, lines: "" };

test("that hangs opens the circuit breaker after some calls, reported once; and the first key after it works again logs in", async () => {
  const { simulator, config } = one();
  const { ask, service, said } = await serviceInside(config);
  const breaker = () => service.status().metadataBreaker;
  expect(await ask("before")).toEqual(NO);
  simulator.faults.set({ fault: "hang", path: "*" });
  for (let i = 0; i < 10 && breaker().state === "closed"; i += 1) expect(await ask("alice")).toEqual(FAULT);
  expect(breaker()).toMatchObject({ state: "open", opened: 1 });
  const requests = simulator.requests.length;
  // As sshd calls for an ordinary login: once for each offered key, none of which was pushed.
  for (let i = 0; i < 5; i += 1) expect(await ask("alice", fingerprint(keyLine(`${i}`)))).toEqual(FAULT);
  // One attempt each, and those of the watch meanwhile.
  expect(simulator.requests.length - requests).toBeGreaterThanOrEqual(5);
  expect(service.status().faults).toEqual({ METADATA_TIMEOUT: service.status().answers.fault });

  simulator.faults.clear();
  simulator.push({ user: "alice", publicKey: KEY });
  expect(await ask("alice", FINGERPRINT)).toEqual(YES);
  expect(breaker()).toMatchObject({ state: "closed", seconds: 0, opened: 1 });
  await expect
    .poll(() => said.filter((line) => line.startsWith("metadata-breaker-")))
    .toEqual(["metadata-breaker-open", expect.stringMatching(/^metadata-breaker-closed seconds=\d+$/)]);
});

test.each(["429", "503", "reset", "cut"] as const)(
  "that answers %s twice on each path still gives the key",
  async (fault) => {
    const { simulator, config } = one();
    const { ask } = await serviceInside(config);
    simulator.push({ user: "bob", publicKey: KEY });
    for (const path of ["token", "keys", "instance-id", "signer-cert", "staple"]) {
      simulator.faults.set({ fault, path, times: path === "token" || path === "keys" ? 1 : 2 });
    }
    expect(await ask("bob", FINGERPRINT)).toEqual(YES);
  },
);

/** Starts a server that answers with `answer`, and returns its address. */
async function listening(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
}

/** Returns a function that makes one call each time, as documents are fetched. */
function metadataAt(...origins: { host: string; port: number }[]) {
  const [first, ...others] = origins;
  if (first === undefined) throw new Error("no origin");
  const metadata = new MetadataClients({ counters: new Counters(), clock: systemClock });
  onTestFinished(() => metadata.close());
  const settings = { origins: [first, ...others] as const, deadlineMs: 4000 };
  const tokens = { token: async () => ({ text: "token" }), discard: () => undefined };
  return async () => (await metadata.client({ settings, tokens, signal: neverAborted }).get("/x", 100)).body.toString();
}

test.each([
  { title: "hangs", die: () => undefined },
  { title: "resets", die: (response: ServerResponse) => response.socket?.resetAndDestroy() },
])("whose address that answered $title loses no call: the other one answers, and vice versa", async ({ die }) => {
  let dead = "";
  const named = (name: string) =>
    listening((_request, response) => void (dead === name ? die(response) : response.end(name)));
  const get = metadataAt(await named("one"), await named("other"));
  expect(await get()).toBe("one");
  dead = "one";
  expect(await get()).toBe("other");
  expect(await get()).toBe("other");
  dead = "other";
  expect(await get()).toBe("one");
});

test("whose kept connections are dead loses no call either", async () => {
  const dead = new Set<Socket>();
  const seen = new Set<Socket>();
  const origin = await listening(({ socket }, response) => {
    seen.add(socket);
    if (!dead.has(socket)) response.end("value");
  });
  const get = metadataAt(origin);
  expect(await get()).toBe("value");
  for (const socket of seen) dead.add(socket);
  expect(await get()).toBe("value");
  expect(seen.size).toBe(2);
});
