/** When the client asks the metadata service at its second address. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { type Answer, client, giving, isToken, service } from "./service.ts";

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
