/** Options of a simulator with an instance for every error that an instance can cause, and two principals that may push. */
import type { InstanceOptions } from "../../src/simulator/imds/instances.ts";
import type { SimulatorOptions } from "../../src/simulator/simulator.ts";

const conditions = {
  running: {},
  stopped: { state: "stopped" },
  unavailable: { available: false },
  xen: { type: "t2.micro" },
  disabled: { serialConsole: "disabled" },
  active: { serialConsole: "active" },
  unsupported: { serialConsole: "unsupported" },
  sessionless: { serialConsole: "unavailable" },
} as const satisfies Record<string, Omit<InstanceOptions, "id">>;

export type InstanceName = keyof typeof conditions | "nowhere";

/** Returns "i-" and a number of 17 hexadecimal digits, as real instance ids have. */
export function idOf(name: InstanceName): string {
  const index = Object.keys(conditions).indexOf(name);
  return `i-${(index === -1 ? 0xdead : index + 1).toString(16).padStart(17, "0")}`;
}

const [first, ...others] = Object.entries(conditions).map(([name, condition]): InstanceOptions => {
  return { id: idOf(name as InstanceName), ...condition };
});
if (first === undefined) throw new Error("no instances");

const limited = { instances: [idOf("running"), idOf("stopped")], osUsers: ["ec2-user"] };

/**
 * The second and the third principal may push only to the running and the stopped instance, and only for ec2-user. The
 * third gets the API's own error for other instances and users.
 */
export const OPTIONS: SimulatorOptions = {
  authority: { caKey: "ec-p256" },
  instances: [first, ...others],
  principals: [
    { arn: "arn:aws:sts::111122223333:assumed-role/Admin/alice" },
    { arn: "arn:aws:iam::111122223333:user/bob", ...limited },
    { arn: "arn:aws:iam::111122223333:user/carol", ...limited, deniedWith: "AuthException" },
  ],
};
