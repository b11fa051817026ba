/** Signature Version 4 is verified: signed parts cannot be changed, and all parts that affect the result must be signed. */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { standingClock } from "../../src/simulator/clock.ts";
import type { Simulator } from "../../src/simulator/simulator.ts";
import { simulated } from "../support/simulated.ts";
import { call, ED25519, INPUT, presigned, type Reply, send, signed, type Wire } from "./raw-call.ts";

const NOW = new Date("2026-11-22T02:00:00Z");
const later = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);
const options = { authority: { caKey: "ec-p256", signerKey: "ec-p256" }, clock: standingClock(NOW) } as const;
const world = simulated(options);

const header = (change: Record<string, string>) => (wire: Wire) => ({
  ...wire,
  headers: { ...wire.headers, ...change },
});

describe("a properly signed call", () => {
  test.each([
    { title: "now", at: 0 },
    { title: "15 minutes ago", at: -900 },
    { title: "15 minutes ahead", at: 900 },
  ])("of $title succeeds", async ({ at }) => {
    const { simulator } = world();
    const reply = await send(simulator, await signed(simulator, call(simulator), { at: later(at) }));
    expect(reply).toMatchObject({ status: 200, body: JSON.stringify({ RequestId: reply.requestId, Success: true }) });
  });

  test.each([
    { title: "with a header that is not signed", change: header({ "user-agent": "nobody/1.0" }) },
    { title: "with parts of the header close together", change: together },
  ])("$title succeeds", async ({ change }) => {
    const { simulator } = world();
    expect((await send(simulator, change(await signed(simulator, call(simulator))))).status).toBe(200);
  });

  test("with the right hash of its body in a header succeeds", async () => {
    const { simulator } = world();
    const wire = call(simulator);
    wire.headers["x-amz-content-sha256"] = createHash("sha256").update(wire.body).digest("hex");
    expect((await send(simulator, await signed(simulator, wire))).status).toBe(200);
  });
});

describe("a presigned call", () => {
  test.each([
    { title: "with its body", wire: (one: Wire) => one },
    {
      title: "with its members in the query, as boto3 makes it",
      wire: ({ body, ...one }: Wire) => ({ ...one, query: JSON.parse(body), body: "" }),
    },
    {
      title: "with an Action and a Version in the query, as the common parameters have it",
      wire: (one: Wire) => ({
        ...one,
        query: { Action: "SendSSHPublicKey", Version: "2018-04-02" },
        headers: { host: one.headers.host ?? "" },
      }),
    },
  ])("$title succeeds", async ({ wire }) => {
    const { simulator } = world();
    const reply = await send(simulator, await presigned(simulator, wire(call(simulator))));
    expect(reply).toMatchObject({ status: 200, name: "" });
  });

  test("with a serial port in the query succeeds: its text is read as a number", async () => {
    const { simulator } = world();
    const query = { InstanceId: INPUT.InstanceId, SSHPublicKey: ED25519, SerialPort: "0" };
    const wire = { ...call(simulator, {}, "SendSerialConsoleSSHPublicKey"), query, body: "" };
    expect((await send(simulator, await presigned(simulator, wire))).status).toBe(200);
  });

  test("lives to the last second that it names", async () => {
    const { simulator } = world();
    const wire = await presigned(simulator, call(simulator), { at: later(-60), expiresIn: 60 });
    expect((await send(simulator, wire)).status).toBe(200);
  });
});

describe("InvalidSignatureException is what gets", () => {
  test.each([
    { title: "another secret", sign: { credentials: { secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" } } },
    { title: "another region", sign: { region: "eu-west-1" }, message: "us-east-1" },
    { title: "another service", sign: { service: "ec2" }, message: "ec2-instance-connect" },
    { title: "another body", change: (wire: Wire) => ({ ...wire, body: wire.body.replace("ec2-user", "root") }) },
    { title: "a body with one more space", change: (wire: Wire) => ({ ...wire, body: `${wire.body} ` }) },
    { title: "another host", change: header({ host: "ec2-instance-connect.us-east-1.amazonaws.com" }) },
    { title: "another path", change: (wire: Wire) => ({ ...wire, path: "/other" }) },
    { title: "another method", change: (wire: Wire) => ({ ...wire, method: "PUT" }) },
    { title: "one more query parameter", change: (wire: Wire) => ({ ...wire, query: { Version: "2018-04-02" } }) },
    { title: "another action", change: retarget },
    { title: "another content type", change: header({ "content-type": "application/json" }) },
    { title: "another signature", change: scratched },
    { title: "the date of another day in the scope", change: otherDay, message: "Date in Credential scope" },
    { title: "another end of the scope", change: otherEnd, message: "aws4_request" },
    { title: "a header of AWS's that is not signed", change: header({ "x-amz-extra": "1" }), message: "x-amz-extra" },
    { title: "the hash of another body in a header", change: header({ "x-amz-content-sha256": "0".repeat(64) }) },
    { title: "a signed header that is gone", change: withoutType },
  ] as readonly Case[])("$title, as a header", async ({ sign, change = same, message = "" }) => {
    const { simulator } = world();
    const credentials = { ...simulator.credentials, ...sign?.credentials };
    const wire = await signed(simulator, call(simulator), { ...sign, credentials });
    await expectInvalid(simulator, send(simulator, change(wire)), message);
  });

  test.each([
    { title: "another secret", sign: { credentials: { secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" } } },
    { title: "another region", sign: { region: "eu-west-1" }, message: "us-east-1" },
    { title: "another body", change: (wire: Wire) => ({ ...wire, body: wire.body.replace("ec2-user", "root") }) },
    { title: "another host", change: header({ host: "example.com" }) },
    { title: "a longer life", change: query({ "X-Amz-Expires": "604800" }) },
    { title: "another action", change: query({ "x-amz-target": "AWSEC2InstanceConnectService.SendOther" }) },
    { title: "one more member", change: query({ InstanceOSUser: "root" }) },
    { title: "a host that is not signed", change: query({ "X-Amz-SignedHeaders": "content-type" }), message: "host" },
    { title: "another signature", change: query({ "X-Amz-Signature": "0".repeat(64) }) },
  ] as readonly Case[])("$title, presigned", async ({ sign, change = same, message = "" }) => {
    const { simulator } = world();
    const credentials = { ...simulator.credentials, ...sign?.credentials };
    const wire = await presigned(simulator, call(simulator), { ...sign, credentials });
    await expectInvalid(simulator, send(simulator, change(wire)), message);
  });

  test("a body whose own hash is not signed: the header alone is not sufficient", async () => {
    const { simulator } = world();
    const wire = call(simulator);
    wire.headers["x-amz-content-sha256"] = "UNSIGNED-PAYLOAD";
    await expectInvalid(
      simulator,
      signed(simulator, wire).then((one) => send(simulator, one)),
      "x-amz-content-sha256",
    );
  });
});

interface Case {
  readonly title: string;
  readonly sign?: { credentials?: { secretAccessKey: string }; region?: string; service?: string };
  readonly change?: (wire: Wire) => Wire;
  readonly message?: string;
}

async function expectInvalid(simulator: Simulator, reply: Promise<Reply>, expected: string): Promise<void> {
  const { status, name, message, requestId } = await reply;
  expect({ status, name }).toEqual({ status: 400, name: "InvalidSignatureException" });
  expect(message).toContain(expected);
  expect(simulator.calls.at(-1)).toMatchObject({ requestID: requestId, userIdentity: null, requestParameters: null });
}

function same(wire: Wire): Wire {
  return wire;
}

function together(wire: Wire): Wire {
  return header({ authorization: (wire.headers.authorization ?? "").replaceAll(", ", ",") })(wire);
}

function scratched(wire: Wire): Wire {
  const { authorization = "" } = wire.headers;
  return header({ authorization: authorization.replace(/.$/, (last) => (last === "0" ? "1" : "0")) })(wire);
}

function otherDay(wire: Wire): Wire {
  return header({ authorization: (wire.headers.authorization ?? "").replace("/20261122/", "/20261121/") })(wire);
}

function otherEnd(wire: Wire): Wire {
  return header({ authorization: (wire.headers.authorization ?? "").replace("aws4_request", "aws5_request") })(wire);
}

function retarget(wire: Wire): Wire {
  return header({ "x-amz-target": "AWSEC2InstanceConnectService.SendSerialConsoleSSHPublicKey" })(wire);
}

function withoutType(wire: Wire): Wire {
  const { "content-type": _, ...headers } = wire.headers;
  return { ...wire, headers };
}

function query(change: Record<string, string>): (wire: Wire) => Wire {
  return (wire) => ({ ...wire, query: { ...wire.query, ...change } });
}
