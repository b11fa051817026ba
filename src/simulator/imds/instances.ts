/** The simulated instances: their properties, and the stores for the keys that are pushed to them. */

import { createHash } from "node:crypto";
import { isIPv4, isIPv6 } from "node:net";
import type { Clock } from "../clock.ts";
import type { Address } from "../server.ts";
import type { PushStore } from "./key-store.ts";
import { type SerialPort, serialPort } from "./serial-port.ts";

/** EC2 API reference, InstanceState. */
export const STATES = ["pending", "running", "shutting-down", "terminated", "stopping", "stopped"] as const;

/** "active": a session is open; "unsupported": the BIOS is too old; "unavailable": no session can be started. */
export const SERIAL_CONSOLES = ["enabled", "disabled", "active", "unsupported", "unavailable"] as const;

/** Properties that can be changed while the simulator runs. */
export interface InstanceCondition {
  state: (typeof STATES)[number];
  /** If false, pushes end with EC2InstanceUnavailableException. */
  available: boolean;
  serialConsole: (typeof SERIAL_CONSOLES)[number];
}

export interface InstanceOptions extends Partial<InstanceCondition> {
  readonly id: string;
  readonly availabilityZone?: string;
  /** "t3.micro" by default. */
  readonly type?: string;
  /** Address of its metadata service. The first instance always has the service, other instances only with this address. */
  readonly metadata?: Address;
  /** Public IPv4 address, for DescribeInstances. The first instance has 127.0.0.1 by default, others none. */
  readonly address?: string;
  /** By default one of 172.31.0.0/16, as in a default VPC; it is made from the id. */
  readonly privateAddress?: string;
  readonly ipv6Address?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

export interface Instance extends InstanceCondition {
  readonly id: string;
  readonly availabilityZone: string;
  readonly type: string;
  /** Undefined without a public IPv4 address. */
  readonly address: string | undefined;
  readonly privateAddress: string;
  readonly ipv6Address: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  /** Keys that were pushed for its users. */
  readonly keys: PushStore;
  readonly serialPort: SerialPort;
  /** URLs of its metadata service; empty if it has none. */
  readonly endpoints: readonly string[];
}

/**
 * Creates an instance, with defaults for options that are not given.
 * @throws Error for an invalid address
 */
export function instance(
  options: InstanceOptions & { readonly availabilityZone: string },
  keys: PushStore,
  clock: Clock,
  endpoints: readonly string[],
): Instance {
  const { id, availabilityZone, type = "t3.micro" } = options;
  const { address, privateAddress = defaultPrivateAddress(id), ipv6Address, tags = {} } = options;
  checkAddress(id, "address", isIPv4, address);
  checkAddress(id, "private address", isIPv4, privateAddress);
  checkAddress(id, "IPv6 address", isIPv6, ipv6Address);
  return {
    id,
    availabilityZone,
    type,
    address,
    privateAddress,
    ipv6Address,
    tags,
    ...startCondition(options),
    keys,
    serialPort: serialPort(clock),
    endpoints,
  };
}

function checkAddress(id: string, what: string, isValid: (text: string) => boolean, text: string | undefined): void {
  if (text !== undefined && !isValid(text)) throw new Error(`${id}: ${text} is not an ${what}`);
}

/** Returns an address in the network of a default VPC, the same for the same id. */
function defaultPrivateAddress(id: string): string {
  const [third = 0, fourth = 0] = createHash("sha256").update(id).digest();
  // The first four addresses and the last of a subnet are AWS's own (VPC user guide, "Subnet sizing").
  return `172.31.${third}.${4 + (fourth % 250)}`;
}

/**
 * Changes the condition of an instance.
 * @throws Error for an invalid value: changes also come from the control socket
 */
export function changeCondition(instance: Instance, change: Partial<InstanceCondition>): void {
  const { state, available, serialConsole } = change;
  if (state !== undefined) instance.state = oneOf("state", STATES, state);
  if (serialConsole !== undefined) instance.serialConsole = oneOf("serial console", SERIAL_CONSOLES, serialConsole);
  if (available !== undefined) instance.available = available;
}

/** Returns the condition in which an instance starts, with defaults. */
export const startCondition = ({
  state = "running",
  available = true,
  serialConsole = "enabled",
}: Partial<InstanceCondition>): InstanceCondition => ({ state, available, serialConsole });

export const conditionOf = ({ state, available, serialConsole }: InstanceCondition): InstanceCondition => ({
  state,
  available,
  serialConsole,
});

function oneOf<T extends string>(what: string, known: readonly T[], value: T): T {
  if (known.includes(value)) return value;
  throw new Error(`no such ${what}: ${value}; use one of ${known.join(", ")}`);
}

/** Families before Nitro, which have no serial console (EC2 user guide, "Amazon EC2 instance types"). */
const XEN = /^(c1|c3|c4|cc2|cg1|cr1|d2|f1|g2|g3|g3s|h1|hi1|hs1|i2|i3|m1|m2|m3|m4|p2|p3|r3|r4|t1|t2|x1|x1e)\.(?!metal)/;

export const isNitro = (type: string): boolean => !XEN.test(type);
