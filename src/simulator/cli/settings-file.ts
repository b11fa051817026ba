/** `up --settings FILE`: reads instances, principals and throttling from a TOML file that docs/simulator.md describes. */
import { readFile } from "node:fs/promises";
import { parse } from "smol-toml";
import { ACTIONS, type ActionName } from "../api/model.ts";
import type { PrincipalOptions } from "../api/principals.ts";
import type { Rate } from "../api/throttle.ts";
import { type InstanceOptions, SERIAL_CONSOLES, STATES } from "../imds/instances.ts";
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
  const settings = {
    ...said({ region: top.string("region"), domain: top.string("domain"), partition: top.string("partition") }),
    ...said({ caller: top.string("caller"), throttling: rateIn(top.table("throttling")) }),
    ...(instance === undefined ? {} : { instances: [instance, ...instances] as const }),
    ...(principal === undefined ? {} : { principals: [principal, ...principals] as const }),
  };
  top.end();
  return settings;
}

function instanceIn(table: TomlTable): InstanceOptions {
  const at = table.string("metadata");
  const instance = {
    id: table.required("id"),
    ...said({
      availabilityZone: table.string("availability_zone"),
      type: table.string("type"),
      state: table.oneOf("state", STATES),
      available: table.boolean("available"),
      serialConsole: table.oneOf("serial_console", SERIAL_CONSOLES),
      metadata: at === undefined ? undefined : parseAddress(at, "metadata"),
    }),
  };
  table.end();
  return instance;
}

function principalIn(table: TomlTable): PrincipalOptions {
  const principal = {
    arn: table.required("arn"),
    ...said({
      accessKeyId: table.string("access_key_id"),
      secretAccessKey: table.string("secret_access_key"),
      sessionToken: table.string("session_token"),
      instances: table.listOf("instances"),
      osUsers: table.listOf("os_users"),
      actions: table.listOf("actions", Object.keys(ACTIONS) as ActionName[]),
      account: table.oneOf("account", ["active", "not-subscribed", "not-authorized"]),
    }),
  };
  table.end();
  return principal;
}

function rateIn(table: TomlTable): Partial<Rate> {
  const rate = said({ burst: table.number("burst"), perSecond: table.number("per_second") });
  table.end();
  return rate;
}

type Said<T> = { [name in keyof T]?: Exclude<T[name], undefined> };

/** Returns `values` without undefined ones: a setting that is not given must be absent, not undefined. */
const said = <T extends object>(values: T): Said<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Said<T>;
