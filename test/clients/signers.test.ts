/** Calls of a signer that follows only the documentation, in forms that AWS's own signers do not send. */
import { describe, expect, test } from "vitest";
import { standingClock } from "../../src/simulator/clock.ts";
import type { Simulator } from "../../src/simulator/simulator.ts";
import { simulated } from "../support/simulated.ts";
import { basic, withAuthorization, withSignedQuery } from "./documented-signature.ts";
import { call, send, type Wire } from "./raw-call.ts";

const NOW = new Date("2026-11-22T02:00:00Z");
const world = simulated({ authority: { caKey: "ec-p256", signerKey: "ec-p256" }, clock: standingClock(NOW) });

const ago = (seconds: number): string => basic(new Date(NOW.getTime() - seconds * 1000));

/** In a presigned request every x-amz- header would have to be signed; the action is named in the query. */
const inQuery = (wire: Wire): Wire => ({
  ...wire,
  headers: { host: wire.headers.host ?? "" },
  query: { Action: "SendSSHPublicKey" },
});

describe("a presigned call without X-Amz-Expires", () => {
  test.each([
    { title: "now", timestamp: ago(0), status: 200, name: "" },
    { title: "15 minutes later", timestamp: ago(900), status: 200, name: "" },
    { title: "15 minutes and a second later", timestamp: ago(901), status: 400, name: "RequestExpired" },
    { title: "15 minutes and a second before its time", timestamp: ago(-901), status: 400, name: "RequestExpired" },
  ])("gets $status $title", async ({ timestamp, status, name }) => {
    const { simulator } = world();
    const wire = withSignedQuery(simulator, inQuery(call(simulator)), { timestamp });
    expect(wire.query).not.toHaveProperty("X-Amz-Expires");
    expect(await send(simulator, wire)).toMatchObject({ status, name });
  });

  test("gets InvalidSignatureException if X-Amz-Expires is added afterwards", async () => {
    const { simulator } = world();
    const wire = withSignedQuery(simulator, inQuery(call(simulator)));
    const reply = await send(simulator, { ...wire, query: { ...wire.query, "X-Amz-Expires": "604800" } });
    expect(reply).toMatchObject({ status: 400, name: "InvalidSignatureException" });
  });
});

/** Adds headers to those of a call, and the session token, which every signature must cover. */
const having =
  (headers: Record<string, string>) =>
  (simulator: Simulator): Wire => {
    const wire = call(simulator);
    const token = { "x-amz-security-token": simulator.credentials.sessionToken ?? "" };
    return { ...wire, headers: { ...wire.headers, ...token, ...headers } };
  };

const HTTP_DATE = NOW.toUTCString();

describe("the time of a signature in the header", () => {
  test.each([
    { title: "is Date in ISO 8601 basic form", headers: { date: basic(NOW) } },
    { title: "is X-Amz-Date, with a Date as HTTP has it", headers: { "x-amz-date": basic(NOW), date: HTTP_DATE } },
    { title: "is X-Amz-Date, with a Date of another time", headers: { "x-amz-date": basic(NOW), date: ago(7200) } },
  ])("$title, both signed", async ({ headers }) => {
    const { simulator } = world();
    const wire = withAuthorization(simulator, having(headers)(simulator));
    expect(wire.headers.authorization).toMatch(/SignedHeaders=content-type;date;host;/);
    expect(await send(simulator, wire)).toMatchObject({ status: 200, name: "" });
  });

  test("is Date, even if Date is not signed: the signature contains it", async () => {
    const { simulator } = world();
    const wire = having({ date: basic(NOW) })(simulator);
    const names = Object.keys(wire.headers)
      .filter((name) => name !== "date")
      .sort();
    expect(await send(simulator, withAuthorization(simulator, wire, { names }))).toMatchObject({ status: 200 });
  });

  test.each([
    { title: "a Date as HTTP has it", headers: { date: HTTP_DATE }, name: "IncompleteSignature" },
    { title: "no date", headers: {}, name: "IncompleteSignature" },
    { title: "a Date that is too old", headers: { date: ago(901) }, timestamp: ago(901), name: "RequestExpired" },
    {
      title: "a Date that is not the one that was signed",
      headers: { date: ago(1) },
      name: "InvalidSignatureException",
    },
  ])("with $title gets $name", async ({ headers, timestamp, name }) => {
    const { simulator } = world();
    const wire = withAuthorization(simulator, having(headers)(simulator), timestamp === undefined ? {} : { timestamp });
    expect(await send(simulator, wire)).toMatchObject({ status: 400, name });
  });

  test("with a signed Date that was changed gets InvalidSignatureException", async () => {
    const { simulator } = world();
    const wire = withAuthorization(simulator, having({ "x-amz-date": basic(NOW), date: HTTP_DATE })(simulator));
    const reply = await send(simulator, { ...wire, headers: { ...wire.headers, date: ago(0) } });
    expect(reply).toMatchObject({ status: 400, name: "InvalidSignatureException" });
  });
});
