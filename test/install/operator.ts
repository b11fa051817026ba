/** Actions of an operator on a machine, and checks of the result. Each function throws if its action or check fails. */
import { expect } from "vitest";
import type { Machine, Person } from "./machine.ts";
import { PACKAGE } from "./packages.ts";

/** Runs apt-get with no input for questions, and no setting that suppresses them. @returns its output */
const apt = (machine: Machine, words: string) => machine.sh(`apt-get ${words} 2>&1 </dev/null`);

export const install = (machine: Machine, path: string = PACKAGE.now) => apt(machine, `install --yes ${path}`);
export const upgrade = (machine: Machine) => install(machine, PACKAGE.next);
export const downgrade = (machine: Machine, path: string = PACKAGE.now) =>
  apt(machine, `install --yes --allow-downgrades ${path}`);
export const remove = (machine: Machine) => apt(machine, "remove --yes eic-agent");
export const purge = (machine: Machine) => apt(machine, "purge --yes eic-agent");

/** Returns a field of the package's status; "" if dpkg does not know the package. */
export const dpkgField = ({ sh }: Machine, field: string, name = "eic-agent") =>
  sh(`dpkg --status ${name} 2>/dev/null | sed -n 's/^${field}: //p'`);

export const DROP_IN = "/etc/ssh/sshd_config.d/60-eic-agent.conf";

/** Checks one login with a key pushed for it: sshd calls eic-agent and accepts its answer. */
export async function pushedKeyOpens(machine: Machine, user: Person = "alice"): Promise<void> {
  const { status, stdout, stderr } = await machine.login(user, await machine.pushed(user));
  if (status !== 0 || stdout !== `${user}\n`) throw new Error(`no login with a pushed key: ${stderr}`);
}

/** Checks that a login with a pushed key is refused: sshd does not call eic-agent. */
export async function pushedKeyDoesNotOpen(machine: Machine, user: Person = "alice"): Promise<void> {
  const { status, stderr } = await machine.login(user, await machine.pushed(user));
  expect({ status, stderr }).toEqual({ status: 255, stderr: expect.stringContaining("Permission denied (publickey") });
}

/** Checks logins of alice and root with the key in authorized_keys. */
export async function ordinaryKeyOpens(machine: Machine): Promise<void> {
  for (const user of ["alice", "root"]) {
    const { status, stdout, stderr } = await machine.login(user, machine.ordinary);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: `${user}\n`, stderr: "" });
  }
}

/** Returns whether `eic-agent sshd status` reports that sshd will call it. */
export async function saysInForce(machine: Machine): Promise<boolean> {
  const { status, stdout, stderr } = await machine.trySh("eic-agent sshd status");
  if (status !== 0 && status !== 1) throw new Error(`sshd status: status ${status}\n${stdout}${stderr}`);
  return status === 0;
}

interface Finding {
  readonly check: string;
  readonly status: "ok" | "warning" | "failed" | "not-applicable";
  readonly message: string;
  readonly hint?: string;
}

/**
 * Returns the doctor's checks that failed or gave a warning. A warning about latency is left out: it measures the machine
 * that runs the tests, and on a busy one it is right.
 */
export async function doctorFinds(machine: Machine): Promise<Finding[]> {
  const { stdout } = await machine.trySh("eic-agent doctor --user alice --json");
  const { checks } = JSON.parse(stdout) as { checks: Finding[] };
  expect(checks.length).toBeGreaterThan(0);
  return checks.filter(({ check, status }) => status === "failed" || (status === "warning" && check !== "latency"));
}

/** Checks that the doctor reports no failure and no warning. */
export const doctorIsContent = async (machine: Machine): Promise<void> =>
  expect(await doctorFinds(machine)).toEqual([]);
