/**
 * Pushes a key with AWS's SDK for JavaScript, which reads endpoint, region and credentials from its environment as usual.
 * Tests bundle it and run it: node sdk-push.cjs INSTANCE USER FILE. Prints the request id, or the name of the error.
 */
import { readFileSync } from "node:fs";
import { EC2InstanceConnectClient, SendSSHPublicKeyCommand } from "@aws-sdk/client-ec2-instance-connect";

const [InstanceId, InstanceOSUser, file = ""] = process.argv.slice(2);
const command = new SendSSHPublicKeyCommand({ InstanceId, InstanceOSUser, SSHPublicKey: readFileSync(file, "utf8") });
new EC2InstanceConnectClient({}).send(command).then(
  ({ RequestId }) => process.stdout.write(`${RequestId}\n`),
  (error: Error) => process.stdout.write(`${error.name}\n`),
);
