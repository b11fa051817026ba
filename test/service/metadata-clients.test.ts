/** The part of metadata access that all calls share: a limited number of connections, and the address that answered. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { MetadataClients } from "../../src/service/cache/metadata-clients.ts";
import { systemClock } from "../../src/service/clock.ts";
import { Counters } from "../../src/service/telemetry/counters.ts";

const TOKEN = { text: "token" };
const tokens = { token: async () => TOKEN, discard: () => undefined };
const servers: Server[] = [];

/** Starts a server on loopback. It awaits `answers` for each request. */
async function listening(answers: () => Promise<void>) {
  let open = 0;
  let most = 0;
  let requests = 0;
  const server = createServer((_request, response) => {
    requests += 1;
    void answers().then(() => response.end("value"));
  });
  server.on("connection", (socket) => {
    open += 1;
    most = Math.max(most, open);
    socket.on("close", () => {
      open -= 1;
    });
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { server, origin: { host: "127.0.0.1", port }, most: () => most, requests: () => requests };
}

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const never = new AbortController().signal;

test("a hundred requests at once share 32 connections, and each has its reply", async () => {
  const go = Promise.withResolvers<void>();
  const one = await listening(() => go.promise);
  const metadata = new MetadataClients({ counters: new Counters(), clock: systemClock });
  // A separate client for each request, as for calls.
  const replies = Array.from({ length: 100 }, (_, i) =>
    metadata.client({ settings: { origins: [one.origin], deadlineMs: 4000 }, tokens, signal: never }).get(`/${i}`, 100),
  );
  while (one.requests() < 32) await new Promise(setImmediate);
  go.resolve();
  expect((await Promise.all(replies)).map(({ body }) => body.toString())).toEqual(replies.map(() => "value"));
  expect(one.most()).toBe(32);
  metadata.close();
});

test("the address that answered is used first from then on; when it fails, they are tried in their order again", async () => {
  const first = await listening(async () => undefined);
  const second = await listening(async () => undefined);
  const counters = new Counters();
  const metadata = new MetadataClients({ counters, clock: systemClock });
  const origins = [first.origin, second.origin] as const;
  const get = () =>
    metadata.client({ settings: { origins, deadlineMs: 4000 }, tokens, signal: never }).get("/value", 100);
  const close = async ({ server }: typeof first) => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  };

  await get();
  expect([first.requests(), second.requests()]).toEqual([1, 0]);
  await close(first);
  await get();
  expect(second.requests()).toBe(1);
  // From here on, trying `first` would be a failed attempt each time, and attempts are counted.
  const before = counters.requests.get("signer") ?? 0;
  await get();
  expect(second.requests()).toBe(2);
  expect(counters.requests.get("signer")).toBe(before + 1);

  const { port } = first.origin;
  const again = createServer((_request, response) => void response.end("again"));
  servers.push(again);
  again.listen(port, "127.0.0.1");
  await once(again, "listening");
  expect((await get()).body.toString()).toBe("value");
  await close(second);
  expect((await get()).body.toString()).toBe("again");
  metadata.close();
});
