/** `up --settings FILE`: reads instances, principals and throttling from a TOML file that docs/simulator.md describes. */
import { readFile } from "node:fs/promises";
import { parse } from "smol-toml";
import { DENIALS, PERMITTED_ACTIONS, type PrincipalOptions } from "../api/principals.ts";
import { RATE_NAMES, type Throttling } from "../api/throttle.ts";
import { type InstanceOptions, SERIAL_CONSOLES, STATES } from "../imds/instances.ts";
import { present } from "../present.ts";
import type { SimulatorOptions } from "../simulator-options.ts";
import { parseAddress } from "./address.ts";
import { codeOf, messageOf, Problem } from "./problem.ts";
import { TomlTable } from "./toml-table.ts";

type Settings = Pick<
  SimulatorOptions,
  "region" | "domain" | "partition" | "instances" | "principals" | "throttling" | "caller"
>;

/** @throws Problem for a file that cannot be read, or that has invalid settings */
export async function settingsIn(file: string): Promise<Settings> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw new Problem(`cannot read ${file} (${codeOf(error)})`, "name a settings file", { cause: error });
  });
  try {
    return parseSettings(text);
  } catch (error) {
    throw new Problem(`${file}: ${messageOf(error).split("\n")[0]}`, "docs/simulator.md describes it", {
      cause: error,
    });
  }
}

/** @throws Error that says what is wrong, and in which table */
export function parseSettings(text: string): Settings {
  const top = new TomlTable(parse(text), "the file");
  const [instance, ...instances] = top.tables("instances").map(instanceIn);
  const [principal, ...principals] = top.tables("principals").map(principalIn);
  const settings = present({
    region: top.string("region"),
    domain: top.string("domain"),
    partition: top.string("partition"),
    caller: top.string("caller"),
    throttling: rateIn(top.table("throttling")),
    instances: instance === undefined ? undefined : ([instance, ...instances] as const),
    principals: principal === undefined ? undefined : ([principal, ...principals] as const),
  });
  top.end();
  return settings;
}

function instanceIn(table: TomlTable): InstanceOptions {
  const at = table.string("metadata");
  const instance = present({
    id: table.required("id"),
    availabilityZone: table.string("availability_zone"),
    type: table.string("type"),
    state: table.oneOf("state", STATES),
    available: table.boolean("available"),
    serialConsole: table.oneOf("serial_console", SERIAL_CONSOLES),
    metadata: at === undefined ? undefined : parseAddress(at, "metadata"),
    address: table.string("address"),
    privateAddress: table.string("private_address"),
    ipv6Address: table.string("ipv6_address"),
    tags: table.strings("tags"),
  });
  table.end();
  return instance;
}

function principalIn(table: TomlTable): PrincipalOptions {
  const principal = present({
    arn: table.required("arn"),
    accessKeyId: table.string("access_key_id"),
    secretAccessKey: table.string("secret_access_key"),
    sessionToken: table.string("session_token"),
    instances: table.listOf("instances"),
    osUsers: table.listOf("os_users"),
    actions: table.listOf("actions", PERMITTED_ACTIONS),
    deniedWith: table.oneOf("denied_with", DENIALS),
    account: table.oneOf("account", ["active", "not-subscribed", "not-authorized"]),
  });
  table.end();
  return principal;
}

function rateIn(table: TomlTable): Throttling {
  const rate = present({
    preset: table.oneOf("preset", RATE_NAMES),
    burst: table.number("burst"),
    perSecond: table.number("per_second"),
  });
  table.end();
  return rate;
}
