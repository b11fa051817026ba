/**
 * Every error that is common to all actions, by its causes, in calls that are signed properly and then changed, or that
 * differ before they are signed. A name of the list without a case does not compile.
 */
import { describe, expect, onTestFinished, test } from "vitest";
import { COMMON_ERRORS, MODELLED_ERRORS } from "../../src/simulator/api/api-errors.ts";
import { standingClock } from "../../src/simulator/clock.ts";
import { type Simulator, type SimulatorOptions, startSimulator } from "../../src/simulator/simulator.ts";
import { call, INPUT, presigned, type Reply, send, signed } from "./raw-call.ts";

const NOW = new Date("2026-11-22T02:00:00Z");
const ARN = "arn:aws:iam::111122223333:user/somebody";

async function started(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator({
    authority: { caKey: "ec-p256", signerKey: "ec-p256" },
    clock: standingClock(NOW),
    ...options,
  });
  onTestFinished(() => simulator.close());
  return simulator;
}

type Case = readonly [how: string, reply: (simulator: Simulator) => Promise<Reply>, options?: SimulatorOptions];

const later = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);
const ordinary = async (one: Simulator) => send(one, await signed(one, call(one)));
const asked =
  (fault: "InternalFailure" | "MissingParameter" | "ServiceUnavailable" | "ThrottlingException") =>
  async (one: Simulator) => {
    one.faults.set({ fault, path: "api", times: 1 });
    return ordinary(one);
  };
const without = (name: string) => async (one: Simulator) => {
  const wire = await presigned(one, call(one));
  delete wire.query[name];
  return send(one, wire);
};

const CASES: Record<keyof typeof COMMON_ERRORS | "ThrottlingException", readonly Case[]> = {
  AccessDeniedException: [
    ["a principal that may not call the action", ordinary, { principals: [{ arn: ARN, actions: [] }] }],
    ["a principal that may not reach the instance", ordinary, { principals: [{ arn: ARN, instances: [] }] }],
    ["a principal that may not push for the OS user", ordinary, { principals: [{ arn: ARN, osUsers: [] }] }],
  ],
  IncompleteSignature: [
    ["an Authorization header of another kind", async (one) => changed(one, { authorization: "Bearer abc" })],
    ["another algorithm", async (one) => changed(one, (old) => old.replace("HMAC-SHA256", "HMAC-SHA512"))],
    ["no Credential", async (one) => changed(one, (old) => old.replace(/Credential=[^,]*, /, ""))],
    ["no SignedHeaders", async (one) => changed(one, (old) => old.replace(/SignedHeaders=[^,]*, /, ""))],
    ["no Signature", async (one) => changed(one, (old) => old.replace(/, Signature=.*/, ""))],
    ["a part twice", async (one) => changed(one, (old) => `${old}, Signature=${"0".repeat(64)}`)],
    ["a Credential of four parts", async (one) => changed(one, (old) => old.replace("/us-east-1", ""))],
    ["a Signature that is not SHA-256", async (one) => changed(one, (old) => old.slice(0, -1))],
    ["SignedHeaders in upper case", async (one) => changed(one, (old) => old.replace(";host;", ";Host;"))],
    ["no X-Amz-Date", async (one) => changed(one, { "x-amz-date": undefined })],
    ["an invalid X-Amz-Date", async (one) => changed(one, { "x-amz-date": "20261322T020000Z" })],
    ["an X-Amz-Date of another form", async (one) => changed(one, { "x-amz-date": "2026-11-22T02:00:00Z" })],
    ["a presigned query without X-Amz-Signature", without("X-Amz-Signature")],
    ["a presigned query without X-Amz-Date", without("X-Amz-Date")],
    ["a presigned query without X-Amz-SignedHeaders", without("X-Amz-SignedHeaders")],
    ["a presigned query without X-Amz-Credential", without("X-Amz-Credential")],
    ["a presigned query without X-Amz-Algorithm", without("X-Amz-Algorithm")],
  ],
  InternalFailure: [["a fault that was set", asked("InternalFailure")]],
  InvalidAction: [
    ["an unknown action", async (one) => send(one, await signed(one, call(one, INPUT, "SendNothing")))],
    [
      "an action of another service",
      async (one) => send(one, await signed(one, withTarget(one, "Other.SendSSHPublicKey"))),
    ],
    [
      "a target without the service's prefix",
      async (one) => send(one, await signed(one, withTarget(one, "SendSSHPublicKey"))),
    ],
    ["an action called as __proto__", async (one) => send(one, await signed(one, call(one, INPUT, "__proto__")))],
    ["another path", async (one) => send(one, await signed(one, { ...call(one), path: "/2018-04-02" }))],
    ["another method", async (one) => send(one, await signed(one, { ...call(one), method: "PUT" }))],
  ],
  InvalidClientTokenId: [
    ["an unknown access key", async (one) => withCredentials(one, { accessKeyId: "AKIAIOSFODNN7EXAMPLE" })],
    ["another session token", async (one) => withCredentials(one, { sessionToken: "other" })],
    ["a missing session token", async (one) => withCredentials(one, { sessionToken: undefined })],
    [
      "an unexpected session token",
      async (one) => withCredentials(one, { sessionToken: "one" }),
      { principals: [{ arn: ARN }] },
    ],
  ],
  InvalidParameterCombination: [
    [
      "an Authorization header and a presigned query",
      async (one) => {
        const wire = await presigned(one, call(one));
        return send(one, { ...wire, headers: { ...wire.headers, authorization: "AWS4-HMAC-SHA256 x" } });
      },
    ],
    [
      "an X-Amz-Target and an Action",
      async (one) => send(one, await signed(one, { ...call(one), query: { Action: "SendSSHPublicKey" } })),
    ],
    [
      "a body and members in the query",
      async (one) => send(one, await signed(one, { ...call(one), query: { InstanceOSUser: "root" } })),
    ],
  ],
  InvalidParameterValue: [
    [
      "another Version",
      async (one) => send(one, await signed(one, { ...call(one), query: { Version: "2011-01-01" } })),
    ],
    ["X-Amz-Expires of 0", async (one) => send(one, await presigned(one, call(one), { expiresIn: 0 }))],
    ["X-Amz-Expires over a week", async (one) => expiring(one, "604801")],
    ["X-Amz-Expires that is not a number", async (one) => expiring(one, "1e3")],
  ],
  InvalidQueryParameter: [
    ["a parameter twice", async (one) => raw(one, "Version=2018-04-02&Version=2018-04-02")],
    ["a parameter twice, in another case", async (one) => raw(one, "X-Amz-Expires=60&x-amz-expires=61")],
  ],
  MalformedQueryString: [
    ["half of a percent escape", async (one) => raw(one, "Version=%")],
    ["bytes that are not UTF-8", async (one) => raw(one, "Version=%ff")],
    ["a parameter without a name", async (one) => raw(one, "=1")],
  ],
  MissingAction: [["no X-Amz-Target", async (one) => send(one, await signed(one, withTarget(one, undefined)))]],
  MissingAuthenticationToken: [
    ["an unsigned request", (one) => send(one, call(one))],
    ["a browser", (one) => send(one, { ...call(one), method: "GET", body: "" })],
  ],
  MissingParameter: [["a fault that was set", asked("MissingParameter")]],
  NotAuthorized: [
    ["a principal that is not authorized", ordinary, { principals: [{ arn: ARN, account: "not-authorized" }] }],
  ],
  OptInRequired: [
    ["an account without the service", ordinary, { principals: [{ arn: ARN, account: "not-subscribed" }] }],
  ],
  RequestExpired: [
    [
      "a request of 15 minutes and a second ago",
      async (one) => send(one, await signed(one, call(one), { at: later(-901) })),
    ],
    [
      "a request from 15 minutes and a second ahead",
      async (one) => send(one, await signed(one, call(one), { at: later(901) })),
    ],
    [
      "a presigned request a second too late",
      async (one) => send(one, await presigned(one, call(one), { at: later(-61) })),
    ],
    [
      "a presigned request from too far ahead",
      async (one) => send(one, await presigned(one, call(one), { at: later(901) })),
    ],
  ],
  ServiceUnavailable: [["a fault that was set", asked("ServiceUnavailable")]],
  ThrottlingException: [
    ["an empty bucket", (one) => ordinary(one).then(() => ordinary(one)), { throttling: { burst: 1 } }],
    ["a fault that was set", asked("ThrottlingException")],
  ],
  ValidationError: [
    ["a body that is not JSON", async (one) => body(one, "{")],
    ["a body that is not an object", async (one) => body(one, "[]")],
    ["a body that is null", async (one) => body(one, "null")],
    ["a member of another type", async (one) => body(one, JSON.stringify({ ...INPUT, InstanceId: 1 }))],
    ["a structure where a string belongs", async (one) => body(one, JSON.stringify({ ...INPUT, SSHPublicKey: {} }))],
  ],
};

const names = Object.keys(CASES) as (keyof typeof CASES)[];

describe.each(names)("%s", (name) => {
  const { status } = { ...COMMON_ERRORS, ...MODELLED_ERRORS }[name];
  test.each(CASES[name].map(([how, reply, options]) => ({ how, reply, options })))(
    `is the answer to $how, with ${status} and a request id`,
    async ({ reply, options }) => {
      const simulator = await started(options);
      const said = await reply(simulator);
      expect(said).toMatchObject({ name, status });
      expect(said.message).not.toBe("");
      expect(said.headers["content-type"]).toBe("application/x-amz-json-1.1");
      expect(said.headers.date).toBe("Sun, 22 Nov 2026 02:00:00 GMT");
      // CloudTrail has this one under another name.
      const errorCode = name === "AccessDeniedException" ? "AccessDenied" : name;
      expect(simulator.calls.at(-1)).toMatchObject({ errorCode, requestID: said.requestId, httpStatus: status });
      expect(simulator.pushes()).toHaveLength(name === "ThrottlingException" && simulator.callCount === 2 ? 1 : 0);
    },
  );
});

async function changed(
  one: Simulator,
  change: Record<string, string | undefined> | ((authorization: string) => string),
): Promise<Reply> {
  const wire = await signed(one, call(one));
  const more = typeof change === "function" ? { authorization: change(wire.headers.authorization ?? "") } : change;
  const headers = Object.fromEntries(
    Object.entries({ ...wire.headers, ...more }).filter(([, value]) => value !== undefined),
  );
  return send(one, { ...wire, headers: headers as Record<string, string> });
}

async function withCredentials(one: Simulator, change: object): Promise<Reply> {
  return send(one, await signed(one, call(one), { credentials: { ...one.credentials, ...change } }));
}

function withTarget(one: Simulator, target: string | undefined) {
  const { "x-amz-target": _, ...headers } = call(one).headers;
  return { ...call(one), headers: { ...headers, ...(target === undefined ? {} : { "x-amz-target": target }) } };
}

async function expiring(one: Simulator, seconds: string): Promise<Reply> {
  const wire = await presigned(one, call(one));
  return send(one, { ...wire, query: { ...wire.query, "X-Amz-Expires": seconds } });
}

const raw = async (one: Simulator, query: string) => send(one, await signed(one, call(one)), query);
const body = async (one: Simulator, text: string) => send(one, await signed(one, { ...call(one), body: text }));
