/** Calls of a signer that follows only the documentation, in forms that AWS's own signers do not send. */
import { describe, expect, test } from "vitest";
import { standingClock } from "../../src/simulator/clock.ts";
import { simulated } from "../support/simulated.ts";
import { basic, withSignedQuery } from "./documented-signature.ts";
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
