/** A fault of the wire at the API occurs before the push or after it, as AWS's SDK for JavaScript gets it. */
import { EC2InstanceConnectClient, SendSSHPublicKeyCommand } from "@aws-sdk/client-ec2-instance-connect";
import { expect, onTestFinished, test } from "vitest";
import { type AnyFault, type FaultTiming, INJECTED_FAULTS, statusOf, UNANSWERED } from "../../src/simulator/faults.ts";
import { simulated } from "../support/simulated.ts";
import { INPUT } from "./raw-call.ts";

const world = simulated({ authority: { caKey: "ec-p256", signerKey: "ec-p256" } });

/** Makes one push for `user`, without a second attempt. Resolves to its error. */
async function failing(user: string): Promise<unknown> {
  const { apiEndpoint: endpoint, region, credentials } = world().simulator;
  const one = new EC2InstanceConnectClient({ endpoint, region, credentials, maxAttempts: 1 });
  onTestFinished(() => one.destroy());
  // A request that hangs has no answer to wait for.
  const options = { abortSignal: AbortSignal.timeout(1000) };
  const command = new SendSSHPublicKeyCommand({ ...INPUT, InstanceOSUser: user });
  return one.send(command, options).then(
    () => undefined,
    (error: unknown) => error,
  );
}

const silent = (Object.keys(INJECTED_FAULTS) as AnyFault[]).filter(
  (fault) => UNANSWERED.has(fault) || statusOf(fault) !== undefined,
);

const cases = silent.flatMap((fault) => [
  { fault, when: "before" as FaultTiming, taken: 0 },
  { fault, when: "after" as FaultTiming, taken: 1 },
]);

test.each(cases)("$fault $when the push: the client gets an error, and $taken keys are served", async (one) => {
  const { simulator } = world();
  const { fault, when, taken } = one;
  const user = `user-${fault}-${when}`;
  simulator.faults.set({ fault, path: "api", times: 1, when });
  expect(await failing(user)).toBeInstanceOf(Error);
  expect(simulator.pushes().filter((pushed) => pushed.user === user)).toHaveLength(taken);
  const record = simulator.calls.at(-1);
  expect(record).toMatchObject({ fault: { name: fault, when }, httpStatus: statusOf(fault) ?? 0 });
  expect(record).not.toHaveProperty("errorCode");
  expect(record?.responseElements !== null).toBe(taken === 1);
});

test("a fault of the wire occurs after the push, unless the rule says otherwise", async () => {
  const { simulator } = world();
  simulator.faults.set({ fault: "reset", path: "api", times: 1 });
  expect(await failing("default")).toBeInstanceOf(Error);
  expect(simulator.document("default").toString()).toContain(INPUT.SSHPublicKey);
  expect(simulator.calls.at(-1)).toMatchObject({ fault: { name: "reset", when: "after" } });
});
