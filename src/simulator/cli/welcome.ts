/** The first output of `eic-simulator up`: all addresses and files, and the next steps as commands to paste. */
import { isIP } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import type { Address } from "../server.ts";
import type { Simulator } from "../simulator.ts";
import { isLoopback } from "./address.ts";
import type { Context } from "./commands/context.ts";
import { credentialsEnvironment, exportLines } from "./environment.ts";
import { quoted } from "./invocation.ts";
import { defaultFolder, ownUid, untrustedParent } from "./state-dir.ts";

export interface Surroundings {
  readonly folder: string;
  /** Addresses on which it was asked to listen. */
  readonly addresses: readonly Address[];
}

export async function welcome(context: Context, simulator: Simulator, { folder, addresses }: Surroundings) {
  const { screen } = context;
  const config = quoted(join(folder, "config.toml"));
  const where = folder === defaultFolder() ? "" : ` --folder ${quoted(folder)}`;
  const { apiEndpoint, instanceId, region, principals } = simulator;
  screen.line(`eic-simulator ${context.version}: instance ${instanceId} in ${region}`);
  screen.line();
  screen.section("running", `metadata  ${simulator.endpoints.join(" ")}`, `settings  ${join(folder, "config.toml")}`);
  screen.line(`  API       ${apiEndpoint}, as ${principals[0].arn}`);
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
    'ssh -i ~/.ssh/id_ed25519 "$USER@localhost"    # once sshd asks the agent, see below',
  );
  for (const one of principals.slice(1)) {
    screen.section(`as ${one.arn}`, ...exportLines(credentialsEnvironment({ credentials: one, region })));
  }
  screen.section(
    "the same without credentials and checks",
    `${context.simulator} push${where} --user "$USER" --public-key ~/.ssh/id_ed25519.pub`,
  );
  screen.section("ask the agent as sshd would", `${context.agent} authorized-keys --config ${config} "$USER"`);
  screen.section(
    "let sshd ask it: in sshd_config, with eic-agent where only root can write",
    `AuthorizedKeysCommand /usr/bin/eic-agent authorized-keys --config ${config} -- %u %f`,
    // The agent accepts only settings that belong to root or to the user it runs as.
    `AuthorizedKeysCommandUser ${ownUid() === 0 ? "nobody" : ownName()}`,
  );
  screen.section("make it fail, look, move the clock", `${context.simulator} --help`);
  screen.line();
  screen.line("requests and pushes, in UTC; Ctrl-C ends it");
}

function ownName(): string {
  try {
    return userInfo().username;
  } catch {
    return `<the user with id ${ownUid()}>`;
  }
}
