/** Pushes a key as any program does: with the unmodified AWS SDK, to the simulated service. */
import { EC2InstanceConnectClient, SendSSHPublicKeyCommand } from "@aws-sdk/client-ec2-instance-connect";
import type { Simulator } from "../../src/simulator/simulator.ts";

/** @returns the request ID in the service's response */
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
