/** Pushes a key as any program does: with AWS's own SDK, unmodified, to the simulated service. */
import { EC2InstanceConnectClient, SendSSHPublicKeyCommand } from "@aws-sdk/client-ec2-instance-connect";
import type { Simulator } from "../../src/simulator/simulator.ts";

/** @returns the request id that the service answered with */
export async function pushWithSdk(simulator: Simulator, InstanceOSUser: string, SSHPublicKey: string): Promise<string> {
  const { apiEndpoint: endpoint, region, credentials, instanceId: InstanceId } = simulator;
  const client = new EC2InstanceConnectClient({ endpoint, region, credentials });
  try {
    const { RequestId = "" } = await client.send(
      new SendSSHPublicKeyCommand({ InstanceId, InstanceOSUser, SSHPublicKey }),
    );
    return RequestId;
  } finally {
    client.destroy();
  }
}
