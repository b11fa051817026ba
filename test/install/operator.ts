/** What an operator does to a machine, and what he then looks at. Each of these throws where it does not come out so. */
import { expect } from "vitest";
import type { Machine, Person } from "./machine.ts";
import { PACKAGE } from "./packages.ts";

/** Nobody is there to answer, and nothing tells it not to ask. @returns what apt-get printed */
const apt = (machine: Machine, words: string) => machine.sh(`apt-get ${words} 2>&1 </dev/null`);

export const install = (machine: Machine, path: string = PACKAGE.now) => apt(machine, `install --yes ${path}`);
export const upgrade = (machine: Machine) => install(machine, PACKAGE.next);
export const downgrade = (machine: Machine, path: string = PACKAGE.now) =>
  apt(machine, `install --yes --allow-downgrades ${path}`);
export const remove = (machine: Machine) => apt(machine, "remove --yes eic-agent");
export const purge = (machine: Machine) => apt(machine, "purge --yes eic-agent");

/** "" where dpkg does not know it. */
export const dpkgField = ({ sh }: Machine, field: string, name = "eic-agent") =>
  sh(`dpkg --status ${name} 2>/dev/null | sed -n 's/^${field}: //p'`);

export const DROP_IN = "/etc/ssh/sshd_config.d/60-eic-agent.conf";

/** Once as whoever pushed a key, and never without: sshd asks our agent, and believes it. */
export async function pushedKeyOpens(machine: Machine, user: Person = "alice"): Promise<void> {
  const { status, stdout, stderr } = await machine.login(user, await machine.pushed(user));
  if (status !== 0 || stdout !== `${user}\n`) throw new Error(`no login by a pushed key: ${stderr}`);
}

/** sshd does not ask our agent. */
export async function pushedKeyDoesNotOpen(machine: Machine, user: Person = "alice"): Promise<void> {
  const { status, stderr } = await machine.login(user, await machine.pushed(user));
  expect({ status, stderr }).toEqual({ status: 255, stderr: expect.stringContaining("Permission denied (publickey") });
}

/** The key in authorized_keys. */
export async function ordinaryKeyOpens(machine: Machine): Promise<void> {
  for (const user of ["alice", "root"]) {
    const { status, stdout, stderr } = await machine.login(user, machine.ordinary);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: `${user}\n`, stderr: "" });
  }
}

/** Whether the program itself says that sshd will ask it. */
export async function saysInForce(machine: Machine): Promise<boolean> {
  const { status, stdout, stderr } = await machine.trySh("eic-agent sshd status");
  if (status !== 0 && status !== 1) throw new Error(`sshd status: status ${status}\n${stdout}${stderr}`);
  return status === 0;
}

interface Finding {
  readonly check: string;
  readonly status: "ok" | "warning" | "failed" | "not-applicable";
  readonly says: string;
  readonly hint?: string;
}

/** What the doctor finds that is not as it should be. */
export async function doctorFinds(machine: Machine): Promise<Finding[]> {
  const { stdout } = await machine.trySh("eic-agent doctor --user alice --json");
  const { checks } = JSON.parse(stdout) as { checks: Finding[] };
  expect(checks.length).toBeGreaterThan(0);
  return checks.filter(({ status }) => status === "failed" || status === "warning");
}

/** Nothing that failed, and nothing to warn of. */
export const doctorIsContent = async (machine: Machine): Promise<void> =>
  expect(await doctorFinds(machine)).toEqual([]);
