/** Rules of the client: shared tokens, the second address, no redirects, limits exact to the byte. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { MetadataClient } from "../../src/metadata/client.ts";
import { fetchKeyDocument, fetchSignerEvidence, fetchValue } from "../../src/metadata/fetch.ts";

type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => void;

const open: { close(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

/** Starts a service that passes every request to `answer` (`giving` returns the token); `seen` lists every request. */
async function service(answer: Answer, host = "127.0.0.1") {
  const seen: string[] = [];
  const counts = new Map<string, number>();
  const server: Server = createServer((request, response) => {
    const what = `${request.method} ${request.url}`;
    seen.push(what);
    counts.set(what, (counts.get(what) ?? 0) + 1);
    answer(request, response, counts.get(what) ?? 0);
  });
  await new Promise<void>((done) => server.listen(0, host, done));
  open.push({ close: () => server.closeAllConnections() }, server);
  const { port } = server.address() as AddressInfo;
  return { seen, origin: { host, port } };
}

const ended = new AbortController();
ended.abort();

function client(
  origins: { host: string; port: number }[],
  { signal = new AbortController().signal, requestMs = 1000 } = {},
) {
  const [first, ...others] = origins;
  if (first === undefined) throw new Error("no origin");
  const one = new MetadataClient({ origins: [first, ...others], connectMs: 500, requestMs, sockets: 8, signal });
  open.push(one);
  return one;
}

const isToken = ({ url }: IncomingMessage) => url === "/latest/api/token";
const giving =
  (answer: Answer): Answer =>
  (request, response, count) =>
    isToken(request) ? response.end("TOKEN") : answer(request, response, count);

describe("a request", () => {
  test("has the token, and the token request a lifetime", async () => {
    const headers: unknown[] = [];
    const { origin } = await service((request, response) => {
      headers.push(
        request.headers["x-aws-ec2-metadata-token-ttl-seconds"],
        request.headers["x-aws-ec2-metadata-token"],
      );
      response.end("TOKEN");
    });
    await client([origin]).get("/x", 10);
    expect(headers).toEqual(["60", undefined, undefined, "TOKEN"]);
  });

  test("with a token that is refused twice is made twice", async () => {
    const { seen, origin } = await service(giving((_, response) => response.writeHead(401).end()));
    expect(await client([origin]).get("/x", 10)).toMatchObject({ status: 401 });
    expect(seen).toEqual(["PUT /latest/api/token", "GET /x", "PUT /latest/api/token", "GET /x"]);
  });

  test("with an expired token fetches one new token, for any number of requests at once", async () => {
    let tokens = 0;
    const { seen, origin } = await service((request, response) => {
      if (isToken(request)) {
        tokens += 1;
        return response.end(`TOKEN${tokens}`);
      }
      return request.headers["x-aws-ec2-metadata-token"] === "TOKEN2"
        ? response.end("value")
        : response.writeHead(401).end();
    });
    const one = client([origin]);
    const replies = await Promise.all(["/a", "/b", "/c"].map((path) => one.get(path, 10)));
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(seen.filter((what) => what.startsWith("PUT"))).toHaveLength(2);
  });

  test("follows no redirect, and does not use its body as a value", async () => {
    const { seen, origin } = await service(
      giving((_, response) => response.writeHead(302, { location: "/y" }).end("i-0abcdef1234567890")),
    );
    const one = client([origin]);
    await expect(fetchValue(one, "/x", 100)).rejects.toMatchObject({ code: "METADATA_STATUS", facts: { status: 302 } });
    await expect(fetchKeyDocument(one, "alice")).rejects.toMatchObject({
      code: "METADATA_STATUS",
      facts: { status: 302 },
    });
    expect(seen).not.toContain("GET /y");
  });

  test("whose token request is redirected has no token, with any body", async () => {
    const { seen, origin } = await service((_, response) => response.writeHead(302, { location: "/y" }).end("TOKEN"));
    await expect(client([origin]).get("/x", 10)).rejects.toMatchObject({ code: "METADATA_STATUS" });
    expect(seen).toEqual(["PUT /latest/api/token"]);
  });

  test("ends at its time limit while its body drips, although the call has more time", async () => {
    const { origin } = await service(
      giving((_, response) => {
        // The reply is complete after two seconds: a client that waits that long gets a value.
        const drip = setInterval(() => response.write("a"), 20);
        const whole = setTimeout(() => response.end(), 2000);
        response.on("close", () => {
          clearInterval(drip);
          clearTimeout(whole);
        });
      }),
    );
    await expect(client([origin], { requestMs: 200 }).get("/x", 1_000_000)).rejects.toMatchObject({
      code: "METADATA_TIMEOUT",
      message: "/x: no complete reply within 200 ms",
    });
  });

  test.each([
    { size: 10, gives: "200" },
    { size: 11, gives: "METADATA_TOO_LARGE" },
  ])("accepts a body of its limit of 10 and no byte more: $size gives $gives", async ({ size, gives }) => {
    const { origin } = await service(giving((_, response) => response.end("x".repeat(size))));
    const end = await client([origin])
      .get("/x", 10)
      .then(
        ({ status }) => String(status),
        ({ code }) => code,
      );
    expect(end).toBe(gives);
  });

  test("is not started after the deadline of the whole call", async () => {
    const { origin } = await service(giving((_, response) => response.end("value")));
    await expect(client([origin], { signal: ended.signal }).get("/x", 10)).rejects.toMatchObject({
      code: "METADATA_TIMEOUT",
    });
  });

  test("ends with the deadline of the whole call while its body drips", async () => {
    const deadline = new AbortController();
    const { origin } = await service(
      giving((_, response) => response.writeHead(200).write("a", () => deadline.abort())),
    );
    await expect(client([origin], deadline).get("/x", 10)).rejects.toMatchObject({ code: "METADATA_TIMEOUT" });
  });

  test.each([
    { title: "a space", token: "a b" },
    { title: "nothing", token: "" },
    { title: "a byte beyond ASCII", token: "tök" },
  ])("is not made with a token that is $title", async ({ token }) => {
    const { seen, origin } = await service((_, response) => response.end(token));
    await expect(client([origin]).get("/x", 10)).rejects.toMatchObject({ code: "METADATA_MALFORMED" });
    expect(seen).toEqual(["PUT /latest/api/token"]);
  });
});

describe("the second address", () => {
  /** Returns a port on which no process listens. */
  async function closedPort(): Promise<{ host: string; port: number }> {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as AddressInfo;
    await new Promise((done) => server.close(done));
    return { host: "127.0.0.1", port };
  }

  test("is asked if no connection to the first could be made, and from then on only the second", async () => {
    const second = await service(
      giving((_, response) => response.end("value")),
      "::1",
    );
    const one = client([await closedPort(), second.origin]);
    expect(await one.get("/x", 10)).toMatchObject({ status: 200 });
    expect(second.seen).toEqual(["PUT /latest/api/token", "GET /x"]);
  });

  test("is not asked if the first refuses: that is an answer", async () => {
    const first = await service((_, response) => response.writeHead(403).end());
    const second = await service(giving((_, response) => response.end("value")));
    await expect(client([first.origin, second.origin]).get("/x", 10)).rejects.toThrow("turned off");
    expect(second.seen).toEqual([]);
  });

  test.each([
    { title: "breaks off", answer: ((_, response) => response.socket?.destroy()) as Answer },
    { title: "resets", answer: ((_, response) => response.socket?.resetAndDestroy()) as Answer },
    { title: "never answers", answer: (() => undefined) as Answer },
  ])("is asked if the first $title, within the same request, and from then on first", async ({ answer }) => {
    const first = await service(answer);
    const second = await service(giving((_, response) => response.end("value")));
    const one = client([first.origin, second.origin], { requestMs: 200 });
    expect(await one.get("/x", 10)).toMatchObject({ status: 200, body: Buffer.from("value") });
    expect(first.seen).toEqual(["PUT /latest/api/token"]);
    expect(second.seen).toEqual(["PUT /latest/api/token", "GET /x"]);
  });

  test.each([
    { title: "never answers", die: (() => undefined) as Answer },
    { title: "resets", die: ((_, response) => response.socket?.resetAndDestroy()) as Answer },
  ])("takes over if the one that answered $title in the middle of a call, and vice versa", async ({ die }) => {
    let dead: "first" | "second" | undefined;
    const living = (name: "first" | "second") =>
      service((request, response, count) =>
        dead === name ? die(request, response, count) : response.end(isToken(request) ? "TOKEN" : name),
      );
    const [first, second] = [await living("first"), await living("second")];
    const one = client([first.origin, second.origin], { requestMs: 200 });
    const from = async () => (await one.get("/x", 10)).body.toString();
    expect(await from()).toBe("first");
    dead = "first";
    expect(await from()).toBe("second");
    dead = "second";
    expect(await from()).toBe("first");
  });

  test("does not answer for a deadline that has passed", async () => {
    const deadline = new AbortController();
    const first = await service(giving(() => deadline.abort()));
    const second = await service(giving((_, response) => response.end("value")));
    const one = client([first.origin, second.origin], { signal: deadline.signal });
    await expect(one.get("/x", 10)).rejects.toMatchObject({ code: "METADATA_TIMEOUT" });
    expect(second.seen).toEqual([]);
  });

  test("is named with the first if neither answers", async () => {
    const [a, b] = [await closedPort(), await closedPort()];
    await expect(client([a, b]).get("/x", 10)).rejects.toMatchObject({
      code: "METADATA_UNREACHABLE",
      message: expect.stringMatching(new RegExp(`${a.port}.*; .*${b.port}`)),
    });
  });
});

describe("a service that is turned off in the middle of a call", () => {
  test("is a Fault, not an answer without keys", async () => {
    let tokens = 0;
    const { origin } = await service((request, response) => {
      if (!isToken(request)) return response.writeHead(401).end();
      tokens += 1;
      return tokens === 1 ? response.end("TOKEN") : response.writeHead(403).end();
    });
    const one = client([origin]);
    await expect(fetchSignerEvidence(one, async () => [])).rejects.toMatchObject({
      code: "METADATA_STATUS",
    });
  });
});

describe("gathering", () => {
  const META = "/latest/meta-data";
  /** Starts a service with all values and the given staple list. */
  const withList = (list: string) =>
    service(
      giving(({ url }, response) => {
        if (url?.endsWith("/signer-ocsp/")) return response.end(list);
        return response.end(
          url?.startsWith(`${META}/managed-ssh-keys/signer-ocsp/`) ? `of ${url.split("/").at(-1)}` : `${url}\n`,
        );
      }),
    );

  test("requests the five values at once and no staple that is not needed", async () => {
    const { seen, origin } = await withList("A\nB\nC\n");
    const evidence = await fetchSignerEvidence(client([origin]), async ({ staples }) =>
      staples.length === 0 ? ["B"] : [],
    );
    expect(evidence.staples.map((staple) => ("body" in staple ? String(staple.body) : staple.failed))).toEqual([
      "of B",
    ]);
    expect(evidence.region).toBe(`${META}/placement/region`);
    expect(seen).toHaveLength(1 + 5 + 1);
  });

  test.each([
    { title: "64 names", list: Array.from({ length: 64 }, (_, i) => i).join("\n"), gives: 64 },
    { title: "empty lines and a name twice", list: "\nA\r\n\nA\n B \n", gives: 2 },
    { title: "nothing", list: "", gives: 0 },
    { title: "65 names", list: Array.from({ length: 65 }, (_, i) => i).join("\n"), gives: "METADATA_TOO_LARGE" },
    { title: "a name with ..", list: "A\n..\n", gives: "METADATA_MALFORMED" },
    { title: "a name with a slash", list: "A\nb/c\n", gives: "METADATA_MALFORMED" },
  ])("accepts a staple list with $title: $gives", async ({ list, gives }) => {
    const { origin } = await withList(list);
    let names: readonly string[] = [];
    const end = await fetchSignerEvidence(client([origin]), async (_, all) => {
      names = all;
      return [];
    }).then(
      () => names.length,
      ({ code }) => code,
    );
    expect(end).toBe(gives);
  });

  test("accepts a key document of 1 MiB and no byte more", async () => {
    for (const [size, gives] of [
      [1024 * 1024, "found"],
      [1024 * 1024 + 1, "METADATA_TOO_LARGE"],
    ] as const) {
      const { origin } = await service(giving((_, response) => response.end(Buffer.alloc(size, "x"))));
      const end = await fetchKeyDocument(client([origin]), "alice").then(
        (keys) => ("found" in keys ? "found" : keys.none),
        ({ code }) => code,
      );
      expect(end).toBe(gives);
    }
  });
});
