/** The list of signed headers is part of the signature, and so is each value of a header that is given several times. */
import { describe, expect, test } from "vitest";
import { standingClock } from "../../src/simulator/clock.ts";
import type { Simulator } from "../../src/simulator/simulator.ts";
import { exchange } from "../simulator/raw-client.ts";
import { simulated } from "../support/simulated.ts";
import { basic, withAuthorization, withSignedQuery } from "./documented-signature.ts";
import { call, send, signed, type Wire } from "./raw-call.ts";

const NOW = new Date("2026-11-22T02:00:00Z");
const world = simulated({ authority: { caKey: "ec-p256", signerKey: "ec-p256" }, clock: standingClock(NOW) });

const INVALID = { status: 400, name: "InvalidSignatureException" };

/** Returns a call with all headers that must be signed. */
function dated(simulator: Simulator, headers: Record<string, string> = {}): Wire {
  const wire = call(simulator);
  const own = { "x-amz-date": basic(NOW), "x-amz-security-token": simulator.credentials.sessionToken ?? "" };
  return { ...wire, headers: { ...wire.headers, ...own, ...headers } };
}

const LISTS: readonly { title: string; change: (names: string[]) => string[] }[] = [
  { title: "in another order", change: (names) => names.toReversed() },
  { title: "with one name twice", change: ([first = "", ...names]) => [first, first, ...names] },
  { title: "with the name of an absent header", change: (names) => [...names, "x-extra"].sort() },
  { title: "with the name of an object's member", change: (names) => [...names, "constructor"].sort() },
];

describe("SignedHeaders", () => {
  test.each(LISTS)("$title, changed after signing, is another signature", async ({ change }) => {
    const { simulator } = world();
    const wire = await signed(simulator, call(simulator));
    const authorization = (wire.headers.authorization ?? "").replace(/(?<=SignedHeaders=)[^,]+/, (names) =>
      change(names.split(";")).join(";"),
    );
    expect(authorization).not.toBe(wire.headers.authorization);
    expect(await send(simulator, { ...wire, headers: { ...wire.headers, authorization } })).toMatchObject(INVALID);
  });

  test.each(LISTS)("$title, signed in that form, is not the canonical form", async ({ change }) => {
    const { simulator } = world();
    const wire = dated(simulator);
    const names = change(Object.keys(wire.headers).sort());
    expect(await send(simulator, withAuthorization(simulator, wire, { names }))).toMatchObject(INVALID);
  });

  test.each(LISTS)("$title, of a presigned call, is another signature", async ({ change }) => {
    const { simulator } = world();
    const { host = "", "content-type": type = "" } = call(simulator).headers;
    const query = { Action: "SendSSHPublicKey" };
    const wire = { ...call(simulator), headers: { host, "content-type": type }, query };
    expect(await send(simulator, withSignedQuery(simulator, wire))).toMatchObject({ status: 200 });
    const names = change(Object.keys(wire.headers).sort());
    expect(await send(simulator, withSignedQuery(simulator, wire, { names }))).toMatchObject(INVALID);
  });
});

/** Sends a call as bytes, with lines of headers added, and returns the answer. */
async function bytes(simulator: Simulator, { headers, body }: Wire, ...lines: string[]): Promise<string> {
  const length = `content-length: ${Buffer.byteLength(body)}`;
  const all = [...Object.entries(headers).map(([name, value]) => `${name}: ${value}`), ...lines, length];
  const { over, text } = exchange(
    simulator.apiEndpoint,
    `POST / HTTP/1.1\r\n${[...all, "connection: close"].join("\r\n")}\r\n\r\n${body}`,
  );
  await over;
  return text();
}

describe("a header that is given twice", () => {
  test.each(["x-extra", "user-agent", "cookie"])("is signed with a comma between its values: %s", async (name) => {
    const { simulator } = world();
    const { headers, ...wire } = withAuthorization(simulator, dated(simulator, { [name]: "one  1,two" }));
    const { [name]: _, ...others } = headers;
    const lines = [`${name}:   one  1 `, `${name}: two`];
    expect(await bytes(simulator, { ...wire, headers: others }, ...lines)).toMatch(/^HTTP\/1\.1 200 /);
    const swapped = await bytes(simulator, { ...wire, headers: others }, ...lines.toReversed());
    expect(swapped).toContain('"__type":"InvalidSignatureException"');
    const once = await bytes(simulator, { ...wire, headers: others }, `${name}: one 1`);
    expect(once).toContain('"__type":"InvalidSignatureException"');
  });

  test.each(["host", "authorization", "content-type"])("is refused with 400 if it is %s", async (name) => {
    const { simulator } = world();
    const wire = withAuthorization(simulator, dated(simulator));
    for (const value of [wire.headers[name], "other"]) {
      const text = await bytes(simulator, wire, `${name}: ${value}`);
      expect(text).toMatch(/^HTTP\/1\.1 400 /);
      expect(text).toContain(`"__type":"MalformedHttpRequestException","Message":"the header ${name} is given more`);
      expect(simulator.calls.at(-1)).toMatchObject({ errorCode: "MalformedHttpRequestException", userIdentity: null });
    }
  });
});
