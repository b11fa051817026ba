/** What is fetched for a call: the key document and the evidence about its signer, with the limits of both. */
import { describe, expect, test } from "vitest";
import { fetchKeyDocument, fetchSignerEvidence } from "../../src/metadata/fetch.ts";
import { client, giving, isToken, service } from "./service.ts";

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
