/** Which requests are retried, how often and after which pauses; against servers, with pauses that are only recorded. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createNetServer } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { type ClientOptions, MetadataClient } from "../../src/metadata/client.ts";
import { fetchSignerEvidence } from "../../src/metadata/fetch.ts";

type Answer = (response: ServerResponse, count: number, request: IncomingMessage) => void;

/** Starts a service that returns a token and passes all other requests to `answer`; with `tokens`, token requests too. */
async function service(answer: Answer, { tokens = false } = {}) {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    const what = `${request.method} ${request.url}`;
    seen.push(what);
    if (request.method === "PUT" && !tokens) response.end("TOKEN");
    else answer(response, seen.filter((one) => one === what).length, request);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { seen, origin: { host: "127.0.0.1", port: (server.address() as AddressInfo).port } };
}

/** Creates a client that does not wait for pauses: each is subtracted from a deadline that no clock drives. */
function client(origins: ClientOptions["origins"], { left = 3850, random = 0.5 } = {}) {
  const pauses: number[] = [];
  let passed = 0;
  const one = new MetadataClient({
    ...{ origins, connectMs: 500, requestMs: 1000, sockets: 8, signal: new AbortController().signal },
    left: () => left - passed,
    random: () => random,
    pause: async (ms) => {
      pauses.push(Math.round(ms));
      passed += ms;
    },
  });
  onTestFinished(() => one.close());
  return { get: (path: string) => one.get(path, 100), client: one, pauses };
}

const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(code, headers).end();

const TROUBLES: readonly { title: string; trouble: Answer; code: string }[] = [
  ...[429, 500, 502, 503, 504].map((code) => ({ title: `a ${code}`, trouble: status(code), code: `${code}` })),
  { title: "a reset connection", trouble: (response) => response.socket?.resetAndDestroy(), code: "METADATA_BROKEN" },
  { title: "a closed connection", trouble: (response) => response.socket?.destroy(), code: "METADATA_BROKEN" },
  {
    title: "a short body",
    trouble: (response) =>
      response.writeHead(200, { "content-length": 9 }).write("ab", () => response.socket?.destroy()),
    code: "METADATA_BROKEN",
  },
];

describe.each(TROUBLES)("after $title", ({ trouble, code }) => {
  test.each([1, 2, 3, 4, 5])("%i times in a row, a request has its value", async (times) => {
    const { seen, origin } = await service((response, count, request) =>
      count <= times ? trouble(response, count, request) : response.end("value"),
    );
    const { get, pauses } = client([origin]);
    expect((await get("/x")).body.toString()).toBe("value");
    expect(seen.filter((what) => what === "GET /x")).toHaveLength(times + 1);
    expect(pauses).toEqual([50, 150, 400, 1000, 1000].slice(0, times));
  });

  test("each time, it ends within the deadline with the reason, after a limited number of attempts", async () => {
    const { seen, origin } = await service(trouble);
    const { get, pauses } = client([origin]);
    const end = await get("/x").then(
      (reply) => `${reply.status}`,
      (error) => error.code,
    );
    expect(end).toBe(code);
    expect(pauses).toEqual([50, 150, 400, 1000, 1000]);
    expect(seen.filter((what) => what === "GET /x")).toHaveLength(6);
  });

  test("a token request has its token", async () => {
    const { seen, origin } = await service(
      (response, count, request) =>
        request.method === "PUT" && count < 3 ? trouble(response, count, request) : response.end("value"),
      { tokens: true },
    );
    const { get, pauses } = client([origin]);
    expect((await get("/x")).status).toBe(200);
    expect(seen.filter((what) => what.startsWith("PUT"))).toHaveLength(3);
    expect(pauses).toEqual([50, 150]);
  });
});

describe("a connection that is refused", () => {
  test("is tried three times more, and succeeds if a server listens by then", async () => {
    const server = createNetServer();
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const origin = { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
    await new Promise((done) => server.close(done));
    const refused = client([origin]);
    await expect(refused.get("/x")).rejects.toMatchObject({ code: "METADATA_UNREACHABLE" });
    expect(refused.pauses).toEqual([50, 150, 400]);

    const late = createServer((_request, response) => response.end("value"));
    onTestFinished(() => {
      late.closeAllConnections();
      late.close();
    });
    const one = new MetadataClient({
      ...{ origins: [origin], connectMs: 500, requestMs: 1000, sockets: 8, signal: new AbortController().signal },
      pause: () => new Promise((done) => late.listen(origin.port, "127.0.0.1", done)),
    });
    onTestFinished(() => one.close());
    expect((await one.get("/x", 10)).body.toString()).toBe("value");
  });
});

describe("an answer is not requested again", () => {
  test.each([200, 302, 400, 403, 404, 405, 501])("status %i", async (code) => {
    const { seen, origin } = await service(status(code));
    const { get, pauses } = client([origin]);
    expect((await get("/x")).status).toBe(code);
    expect({ seen, pauses }).toEqual({ seen: ["PUT /latest/api/token", "GET /x"], pauses: [] });
  });
});

describe("pauses", () => {
  test.each([
    { random: 0, pauses: [25, 75, 200, 500, 500, 500] },
    { random: 0.999999, pauses: [75, 225, 600, 1500] },
  ])("vary by half to either side: $random", async ({ random, pauses }) => {
    const { origin } = await service(status(503));
    const one = client([origin], { random });
    await one.get("/x");
    expect(one.pauses).toEqual(pauses);
  });

  test.each([
    { left: 310, pauses: [50] },
    { left: 290, pauses: [] },
    { left: 1000, pauses: [50, 150, 400] },
  ])(
    "do not go beyond the deadline, and leave time for the attempt after them: $left ms left",
    async ({ left, pauses }) => {
      const { origin } = await service(status(503));
      const one = client([origin], { left });
      expect((await one.get("/x")).status).toBe(503);
      expect(one.pauses).toEqual(pauses);
    },
  );

  test.each([
    { title: "seconds that fit", value: "2", pauses: [2050] },
    { title: "no seconds", value: "0", pauses: [50] },
    { title: "seconds beyond the deadline", value: "60", pauses: [50] },
    { title: "a time of day", value: "Wed, 21 Oct 2026 07:28:00 GMT", pauses: [50] },
    { title: "nonsense", value: "-1", pauses: [50] },
  ])("use a Retry-After of $title", async ({ value, pauses }) => {
    const { origin } = await service((response, count) =>
      count === 1 ? response.writeHead(429, { "retry-after": value }).end() : response.end("value"),
    );
    const one = client([origin]);
    expect((await one.get("/x")).status).toBe(200);
    expect(one.pauses).toEqual(pauses);
  });

  test("end with the call", async () => {
    const { origin } = await service(status(503));
    const end = new AbortController();
    const one = new MetadataClient({
      ...{ origins: [origin], connectMs: 500, requestMs: 1000, sockets: 8, signal: end.signal },
      // A pause longer than a test may take.
      random: () => 1e6,
    });
    onTestFinished(() => one.close());
    const asked = one.get("/x", 10);
    setTimeout(() => end.abort(), 100);
    expect((await asked).status).toBe(503);
  });
});

describe("a whole call", () => {
  const LIST = "/latest/meta-data/managed-ssh-keys/signer-ocsp/";

  test("in which each request is rejected once has its evidence", async () => {
    const { origin } = await service((response, count, { url }) =>
      count === 1 ? response.writeHead(429).end() : response.end(url === LIST ? "A\nB\n" : "value"),
    );
    const { client: one, pauses } = client([origin]);
    const evidence = await fetchSignerEvidence(one, async ({ staples }) => (staples.length === 0 ? ["A", "B"] : []));
    expect(evidence.staples).toEqual(["A", "B"].map((name) => ({ name, body: Buffer.from("value") })));
    expect(pauses).toHaveLength(7);
  });

  test("makes at most eighteen further attempts for all its requests together", async () => {
    const { seen, origin } = await service(status(503));
    const { client: one } = client([origin], { left: 1e9 });
    await Promise.all(Array.from({ length: 9 }, (_, i) => one.get(`/${i}`, 10)));
    expect(seen.filter((what) => what.startsWith("GET"))).toHaveLength(9 + 18);
  });

  test("does not wait until its deadline for a staple, which may not be needed", async () => {
    const { seen, origin } = await service((response, _count, { url }) =>
      url === `${LIST}A` ? response.writeHead(503).end() : response.end(url === LIST ? "A\nB\n" : "value"),
    );
    const { client: one } = client([origin]);
    const { staples } = await fetchSignerEvidence(one, async (soFar) =>
      soFar.staples.length === 0 ? ["A"] : soFar.staples.length === 1 ? ["B"] : [],
    );
    expect(staples).toEqual([
      { name: "A", failed: `${LIST}A: status 503` },
      { name: "B", body: Buffer.from("value") },
    ]);
    expect(seen.filter((what) => what === `GET ${LIST}A`)).toHaveLength(4);
  });
});
