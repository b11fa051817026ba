/** The first output of `eic-simulator up`: all addresses and files, and the next steps as commands to paste. */
import { isIP } from "node:net";
import { join } from "node:path";
import type { Address } from "../server.ts";
import type { Simulator } from "../simulator.ts";
import { isLoopback } from "./address.ts";
import type { Context } from "./commands/context.ts";
import { credentialsEnvironment, exportLines } from "./environment.ts";
import { quoted } from "./invocation.ts";
import type { Screen } from "./screen.ts";
import type { RunningSshd } from "./sshd/start-sshd.ts";
import { defaultFolder, ownName, ownUid, untrustedParent } from "./state-dir.ts";

export interface Surroundings {
  readonly folder: string;
  /** Addresses on which it was asked to listen. */
  readonly addresses: readonly Address[];
  /** With --sshd. */
  readonly sshd: RunningSshd | undefined;
}

export async function welcome(context: Context, simulator: Simulator, { folder, addresses, sshd }: Surroundings) {
  const { screen } = context;
  const config = quoted(join(folder, "config.toml"));
  const where = folder === defaultFolder() ? "" : ` --folder ${quoted(folder)}`;
  const { apiEndpoint, instanceId, region, principals } = simulator;
  screen.line(`eic-simulator ${context.version}: instance ${instanceId} in ${region}`);
  screen.line();
  screen.section("running", `metadata  ${simulator.endpoints.join(" ")}`, `settings  ${join(folder, "config.toml")}`);
  screen.line(`  API       ${apiEndpoint}, as ${principals[0].arn}`);
  if (sshd !== undefined)
    screen.line(`  sshd      ${sshd.address.host} port ${sshd.address.port}, host key ${sshd.fingerprint}`);
  for (const { id, endpoints } of simulator.instances.slice(1)) {
    screen.line(`  instance  ${id}  ${endpoints.join(" ") || "without a metadata service"}`);
  }
  for (const { host } of addresses.filter((address) => !isLoopback(address))) {
    screen.line(`  note      ${host} is not a loopback address: others may reach it`);
  }
  if (isIP(new URL(simulator.endpoint).hostname.replace(/^\[|\]$/g, "")) === 0) {
    screen.line("  note      eic-agent refuses a host name in its settings: --advertise an address for it");
  }
  const untrusted = await untrustedParent(folder);
  if (untrusted !== undefined) {
    screen.line(`  note      others can write in ${untrusted}: eic-agent will refuse these settings`);
  }
  screen.section(
    "push a key with any AWS SDK or the AWS CLI; it lives for 60 seconds",
    ...exportLines(credentialsEnvironment(simulator)),
    `aws ec2-instance-connect send-ssh-public-key --endpoint-url ${apiEndpoint} --instance-id ${instanceId} --instance-os-user "$USER" --ssh-public-key file://~/.ssh/id_ed25519.pub`,
    sshd === undefined
      ? 'ssh -i ~/.ssh/id_ed25519 "$USER@localhost"    # once sshd asks the agent, see below'
      : `ssh -F ${quoted(sshd.clientConfig)} -i ~/.ssh/id_ed25519 "$USER@${instanceId}"`,
  );
  if (sshd !== undefined) {
    screen.section(
      "or push and log in at once, with the AWS CLI from 2.12 on",
      `export AWS_ENDPOINT_URL_EC2=${apiEndpoint} AWS_ENDPOINT_URL_EC2_INSTANCE_CONNECT=${apiEndpoint}`,
      `aws ec2-instance-connect ssh --connection-type direct --instance-id ${instanceId} --os-user "$USER" --ssh-port ${sshd.address.port}`,
    );
  }
  for (const one of principals.slice(1)) {
    screen.section(`as ${one.arn}`, ...exportLines(credentialsEnvironment({ credentials: one, region })));
  }
  screen.section(
    "the same without credentials and checks",
    `${context.simulator} push${where} --user "$USER" --public-key ~/.ssh/id_ed25519.pub`,
  );
  screen.section("ask the agent as sshd would", `${context.agent} authorized-keys --config ${config} "$USER"`);
  if (sshd === undefined) letSshdAsk(screen, config);
  screen.section("make it fail, look, move the clock", `${context.simulator} --help`);
  screen.line();
  screen.line("requests and pushes, in UTC; Ctrl-C ends it");
}

function letSshdAsk(screen: Screen, config: string): void {
  screen.section(
    "let sshd ask it: in sshd_config, with eic-agent where only root can write",
    `AuthorizedKeysCommand /usr/bin/eic-agent authorized-keys --config ${config} -- %u %f`,
    // The agent accepts only settings that belong to root or to the user it runs as.
    `AuthorizedKeysCommandUser ${ownUid() === 0 ? "nobody" : ownName()}`,
  );
}
