/** What `eic-simulator up` says at first: where everything is, and what to do next as commands to paste. */
import { userInfo } from "node:os";
import { isLoopback } from "./address.ts";
import type { Context } from "./commands/context.ts";
import { defaultFolder, ownUid, untrustedParent } from "./folder.ts";
import { quoted } from "./invocation.ts";
import type { Address } from "./server.ts";
import type { WrittenSettings } from "./settings.ts";
import type { Simulator } from "./simulator.ts";

export interface Surroundings {
  readonly folder: string;
  readonly addresses: readonly Address[];
  readonly written: WrittenSettings;
}

export async function welcome(context: Context, simulator: Simulator, { folder, addresses, written }: Surroundings) {
  const { screen } = context;
  const config = quoted(written.config);
  const where = folder === defaultFolder() ? "" : ` --folder ${quoted(folder)}`;
  screen.line(`eic-simulator ${context.version}: instance ${simulator.instanceId} in ${simulator.region}`);
  screen.line();
  screen.section("running", `metadata  ${simulator.endpoints.join(" ")}`, `settings  ${written.config}`);
  for (const { host } of addresses.filter((address) => !isLoopback(address))) {
    screen.line(`  note      ${host} is no loopback address: others may reach it`);
  }
  const untrusted = await untrustedParent(folder);
  if (untrusted !== undefined) {
    screen.line(`  note      others can write in ${untrusted}: eic-agent will refuse these settings`);
  }
  screen.section(
    "push a key, which lives for 60 seconds",
    `${context.simulator} push${where} --user "$USER" --public-key ~/.ssh/id_ed25519.pub`,
  );
  screen.section("ask the agent as sshd would", `${context.agent} authorized-keys --config ${config} "$USER"`);
  screen.section(
    "let sshd ask it: in sshd_config, with eic-agent where only root can write",
    `AuthorizedKeysCommand /usr/bin/eic-agent authorized-keys --config ${config} %u %f`,
    // The agent takes settings only from root or from the user it runs as.
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
