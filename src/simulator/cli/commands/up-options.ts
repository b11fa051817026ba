/** The options of `eic-simulator up`, and the simulator options that follow from them. */
import type { Options as YargsOption } from "yargs";
import { CA_KEYS, type CaKeyKind } from "../../authority/key-pairs.ts";
import { parseTime } from "../../clock.ts";
import { present } from "../../present.ts";
import type { Address } from "../../server.ts";
import type { SimulatorOptions } from "../../simulator.ts";
import { checkHost, parseAddress } from "../address.ts";
import { messageOf, Usage } from "../problem.ts";
import { settingsIn } from "../settings-file.ts";
import type { FolderOption } from "./context.ts";

export interface UpOptions extends FolderOption {
  listen: string[] | undefined;
  api: string;
  cors: boolean;
  settings: string | undefined;
  log: string | undefined;
  sshd: string | undefined;
  region: string | undefined;
  domain: string | undefined;
  partition: string | undefined;
  "instance-id": string | undefined;
  "availability-zone": string | undefined;
  caller: string | undefined;
  advertise: string | undefined;
  state: string | undefined;
  at: string | undefined;
  "ca-key": CaKeyKind | undefined;
  "ready-fd": number | undefined;
  /** A command to run while it is up, after "--". */
  "--"?: string[];
}

const text = (describe: string, defaultDescription?: string): YargsOption =>
  present({ type: "string", describe, defaultDescription });

export const UP_OPTIONS: Record<Exclude<keyof UpOptions, "folder" | "--">, YargsOption> = {
  listen: { ...text("ADDRESS:PORT of the metadata service; port 0: any free one", "127.0.0.1:0"), array: true },
  api: { ...text("ADDRESS:PORT of the EC2 Instance Connect API"), default: "127.0.0.1:0" },
  cors: { type: "boolean", default: false, describe: "permit pages in a browser to call the API" },
  settings: text("TOML file with instances and principals"),
  // With nargs, yargs accepts "-" as a value.
  log: { ...text("file that gets a line of JSON for each call of the API; - is stdout"), nargs: 1 },
  sshd: text("start an sshd at ADDRESS:PORT that asks the agent; without a value at any free port of 127.0.0.1"),
  region: text("part of the signer's name", "us-east-1"),
  domain: text("part of the signer's name", "amazonaws.com"),
  partition: text("the value of services/partition", "aws"),
  "instance-id": text("the instance that keys are for", "i-0abcdef1234567890"),
  "availability-zone": text("of the instance", "the region's first"),
  caller: text("ARN of the caller, if a push names none"),
  advertise: text("host name or address in files and output, instead of the address that is listened on"),
  state: text("folder that keeps keys, certificates and credentials for the next start"),
  at: text("time of the simulator's clock at the start, as 2026-11-22T02:00:00Z", "now"),
  "ca-key": {
    ...text("kind of the authority's keys: EC is faster, the service has RSA", "rsa-2048"),
    choices: CA_KEYS,
  },
  "ready-fd": { type: "number", describe: "descriptor that gets a line of JSON when everything is up" },
};

/** @throws Usage, Problem */
export async function simulatorOptions(options: UpOptions): Promise<SimulatorOptions & { api: Address }> {
  const file = options.settings === undefined ? {} : await settingsIn(options.settings);
  const { region, domain, partition, caller } = options;
  const given = present({
    region,
    domain,
    partition,
    caller,
    instanceId: options["instance-id"],
    availabilityZone: options["availability-zone"],
    advertise: options.advertise === undefined ? undefined : checkHost(options.advertise),
    state: options.state,
    at: options.at === undefined ? undefined : timeIn(options.at),
  });
  for (const name of ["instance-id", "availability-zone"] as const) {
    if (options[name] !== undefined && file.instances !== undefined) {
      throw new Usage(`--${name} and instances in --settings do not go together`);
    }
  }
  const [first, ...others] = options.listen?.map((text) => parseAddress(text)) ?? [];
  return {
    ...file,
    // The command line takes precedence.
    ...given,
    ...present({ listen: first === undefined ? undefined : ([first, ...others] as const) }),
    api: parseAddress(options.api, "--api"),
    cors: options.cors,
    authority: present({ renewStaples: true, caKey: options["ca-key"] }),
    remember: REMEMBERED,
  };
}

function timeIn(text: string): Date {
  try {
    return parseTime(text);
  } catch (error) {
    throw new Usage(`--at: ${messageOf(error)}`);
  }
}

/** Maximum requests, and calls, that are kept: the simulator may run for weeks. */
const REMEMBERED = 1000;
