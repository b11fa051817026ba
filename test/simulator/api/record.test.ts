/** The record of a call has all fields of a CloudTrail record, for each kind of principal and for errors. */
import { expect, onTestFinished, test } from "vitest";
import type { PrincipalOptions } from "../../../src/simulator/api/principals.ts";
import type { CallRecord } from "../../../src/simulator/api/record.ts";
import { standingClock } from "../../../src/simulator/clock.ts";
import { startSimulator } from "../../../src/simulator/simulator.ts";
import { call, INPUT, send, signed } from "../../clients/raw-call.ts";

const ACCOUNT = "111122223333";
const ATTRIBUTES = { creationDate: "2026-11-22T02:00:00Z", mfaAuthenticated: "false" };
const USER_ID = /^AIDA[A-Z2-7]{17}$/;
const ROLE_ID = /^AROA[A-Z2-7]{17}$/;

/** Returns the record of one call by a principal, ten seconds after the start, and the simulator's host. */
async function recordOf(principal: PrincipalOptions, sign = true): Promise<{ record: CallRecord; host: string }> {
  const clock = standingClock(new Date("2026-11-22T02:00:00Z"));
  const authority = { caKey: "ec-p256", signerKey: "ec-p256" } as const;
  const simulator = await startSimulator({ authority, clock, principals: [principal] });
  onTestFinished(() => simulator.close());
  clock.advance(10);
  const wire = call(simulator);
  await send(simulator, sign ? await signed(simulator, wire) : wire);
  const [record] = simulator.calls;
  if (record === undefined) throw new Error("no call");
  return { record, host: new URL(simulator.apiEndpoint).host };
}

test("a successful call has every field, and no other", async () => {
  const arn = `arn:aws:iam::${ACCOUNT}:user/team/alice`;
  const { record, host } = await recordOf({ arn });
  expect(record).toEqual({
    eventVersion: "1.08",
    userIdentity: {
      ...{ type: "IAMUser", principalId: expect.stringMatching(USER_ID), arn, accountId: ACCOUNT, userName: "alice" },
      accessKeyId: expect.stringMatching(/^AKIA/),
    },
    ...{ eventTime: "2026-11-22T02:00:10Z", eventSource: "ec2-instance-connect.amazonaws.com" },
    ...{ eventName: "SendSSHPublicKey", awsRegion: "us-east-1", sourceIPAddress: "127.0.0.1", userAgent: null },
    requestParameters: {
      ...{ instanceId: INPUT.InstanceId, instanceOSUser: INPUT.InstanceOSUser },
      sSHPublicKey: expect.stringMatching(/^SHA256:/),
    },
    responseElements: { requestId: record.requestID, success: true },
    requestID: expect.stringMatching(/^[0-9a-f-]{36}$/),
    eventID: expect.stringMatching(/^[0-9a-f-]{36}$/),
    ...{ readOnly: false, eventType: "AwsApiCall", managementEvent: true, recipientAccountId: ACCOUNT },
    eventCategory: "Management",
    tlsDetails: {
      ...{ tlsVersion: "TLSv1.3", cipherSuite: "TLS_AES_128_GCM_SHA256", clientProvidedHostHeader: host },
    },
    httpStatus: 200,
  });
  expect(record.eventID).not.toBe(record.requestID);
});

test("a role has its session and the role that issued it", async () => {
  const { record } = await recordOf({ arn: `arn:aws-cn:sts::${ACCOUNT}:assumed-role/Admin/alice@example.com` });
  const { principalId, sessionContext } = record.userIdentity ?? {};
  const issuer = sessionContext?.sessionIssuer;
  expect(issuer).toEqual({
    ...{ type: "Role", principalId: expect.stringMatching(ROLE_ID), arn: `arn:aws-cn:iam::${ACCOUNT}:role/Admin` },
    ...{ accountId: ACCOUNT, userName: "Admin" },
  });
  expect(principalId).toBe(`${issuer?.principalId}:alice@example.com`);
  expect(sessionContext?.attributes).toEqual(ATTRIBUTES);
});

test.each([
  { arn: `arn:aws:iam::${ACCOUNT}:root`, type: "Root", principalId: ACCOUNT, sessionContext: undefined },
  {
    arn: `arn:aws:sts::${ACCOUNT}:federated-user/bob`,
    ...{ type: "FederatedUser", principalId: `${ACCOUNT}:bob`, sessionContext: { attributes: ATTRIBUTES } },
  },
])("$type is $arn", async ({ arn, ...identity }) => {
  const { record } = await recordOf({ arn });
  const { type, principalId, sessionContext } = record.userIdentity ?? {};
  expect({ type, principalId, sessionContext }).toEqual(identity);
});

test("IAM's error has CloudTrail's name, AccessDenied, with the message that the client got", async () => {
  const { record } = await recordOf({ arn: `arn:aws:iam::${ACCOUNT}:user/bob`, osUsers: [] });
  expect(record).toMatchObject({
    ...{ errorCode: "AccessDenied", responseElements: null, userIdentity: { userName: "bob" }, httpStatus: 400 },
    errorMessage: expect.stringContaining("is not authorized to perform: ec2-instance-connect:SendSSHPublicKey"),
  });
});

test("an unsigned call has no identity, but the account that receives the record", async () => {
  const { record } = await recordOf({ arn: `arn:aws:iam::${ACCOUNT}:user/bob` }, false);
  expect(record).toMatchObject({ userIdentity: null, recipientAccountId: ACCOUNT });
  expect(record.errorCode).toBe("MissingAuthenticationToken");
});
