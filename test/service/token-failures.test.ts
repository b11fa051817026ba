/** A failure to get a token is returned only to calls that arrived before the request for it was sent. */
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { fingerprint, KEY } from "../support/keys.ts";
import { serviceInside } from "../support/service-inside.ts";

const FINGERPRINT = fingerprint(KEY);
const NO = { status: 0, lines: "" };
const FAULT = { status: 1, lines: "" };

/** Starts a metadata service without keys that holds its first answer to a token request until `release` is called. */
async function heldToken(status: number) {
  const seen: string[] = [];
  const held = Promise.withResolvers<ServerResponse>();
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url?.split("/").findLast((part) => part !== "")}`);
    if (request.method !== "PUT") response.writeHead(404).end();
    else if (seen.length === 1) held.resolve(response);
    else response.end("TOKEN");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const folder = mkdtempSync("/tmp/eic-tokens-");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });
  const config = join(folder, "config.toml");
  const { port } = server.address() as AddressInfo;
  writeFileSync(
    config,
    `[metadata]\nendpoint = "http://127.0.0.1:${port}"\n[instance]\nid = "i-0abcdef1234567890"\n[audit]\ntarget = "none"\n`,
    { mode: 0o644 },
  );
  const release = async () => void (await held.promise).writeHead(status).end();
  return { seen, config, held: held.promise, release };
}

test.each([
  { title: "a Fault", status: 404, first: FAULT, answers: { fault: 1, "no-keys": 2 } },
  {
    title: "the answer that metadata is turned off",
    status: 403,
    first: NO,
    answers: { "metadata-off": 1, "no-keys": 2 },
  },
])("$title ends the call that arrived before the request, and no later one", async ({ status, first, answers }) => {
  const { seen, config, held, release } = await heldToken(status);
  const { ask, service } = await serviceInside(config);
  const before = ask("alice", FINGERPRINT);
  await held;
  const after = [ask("alice", FINGERPRINT), ask("bob", FINGERPRINT)];
  while (service.status().calls.inProgress < 3) await new Promise(setImmediate);
  await release();
  expect(await Promise.all([before, ...after])).toEqual([first, NO, NO]);
  expect(service.status().answers).toEqual(answers);
  // One token for the later calls together, then a document for each user; none for the call that failed.
  expect(seen.slice(0, 2)).toEqual(["PUT token", "PUT token"]);
  expect(seen.slice(2).toSorted()).toEqual(["GET alice", "GET bob"]);
});
