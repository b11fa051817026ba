/** Rules of the client: shared tokens, no redirects, limits exact to the byte, deadlines. */
import { describe, expect, test } from "vitest";
import { fetchKeyDocument, fetchValue } from "../../src/metadata/fetch.ts";
import { client, giving, isToken, service } from "./service.ts";

const ended = new AbortController();
ended.abort();

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
