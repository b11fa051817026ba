/** Checks the warm service as an operator does: its units, its process, and by its counters whether it has answered. */
import { expect } from "vitest";
import type { Status } from "../../src/service/telemetry/status.ts";
import type { KeyPair } from "../support/sshd-keys.ts";
import type { Machine, Person } from "./machine.ts";
import { pushedKeyOpens } from "./operator.ts";

export const SOCKET = "eic-agent.socket";
export const SERVICE = "eic-agent.service";

/** Returns the service's counters. The request starts the service if it does not run. */
export const counted = async ({ sh }: Machine): Promise<Status> => JSON.parse(await sh("eic-agent status --json"));

/** Returns ActiveState, UnitFileState and Result as `systemctl show` prints them. */
export async function unit({ sh }: Machine, name: string): Promise<Readonly<Record<string, string>>> {
  const shown = await sh(`systemctl show ${name} --property=ActiveState,UnitFileState,Result`);
  return Object.fromEntries(shown.split("\n").map((line) => line.split("=")));
}

export const isActive = async (machine: Machine, name: string): Promise<boolean> =>
  (await unit(machine, name)).ActiveState === "active";

/** Checks that the socket is active and enabled, as the packages leave it. */
export async function socketIsUp(machine: Machine): Promise<void> {
  expect(await unit(machine, SOCKET)).toEqual({ ActiveState: "active", UnitFileState: "enabled", Result: "success" });
}

/** sshd calls the program when a key is offered, and again when the signature has arrived. */
const CALLS_OF_A_LOGIN = 2;

/** Checks a login with a key just pushed, and that one service process has answered all of sshd's calls. */
export async function serviceLetsIn(machine: Machine, user: Person = "alice"): Promise<void> {
  const before = await counted(machine);
  await pushedKeyOpens(machine, user);
  const after = await counted(machine);
  const keys = (after.answers.keys ?? 0) - (before.answers.keys ?? 0);
  expect({ keys, pid: after.pid }).toEqual({ keys: CALLS_OF_A_LOGIN, pid: before.pid });
}

/** Checks a login with a key just pushed, while no service runs, and that it starts no service. */
export async function oneShotLetsIn(machine: Machine, user: Person = "alice"): Promise<void> {
  expect(await isActive(machine, SERVICE)).toBe(false);
  await pushedKeyOpens(machine, user);
  expect(await isActive(machine, SERVICE)).toBe(false);
}

/** Checks a login with this key, which was pushed before, without a request for the service's counters. */
export async function opens(machine: Machine, user: Person, key: KeyPair): Promise<void> {
  const { status, stdout, stderr } = await machine.login(user, key);
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: `${user}\n`, stderr: "" });
}

/** Returns device and inode of the running service's executable, even if the file has been replaced. */
export async function programOf(machine: Machine): Promise<string> {
  const { pid } = await counted(machine);
  return machine.sh(`stat --dereference --format=%d:%i /proc/${pid}/exe`);
}

export const installedProgram = ({ sh }: Machine): Promise<string> => sh("stat --format=%d:%i /usr/bin/eic-agent");

/** Returns the units of eic-agent that are loaded, installed or enabled. */
export const unitsOfIt = ({ sh }: Machine): Promise<string> =>
  sh(`
    systemctl list-units --all --no-legend --plain 'eic-agent*'
    systemctl list-unit-files --no-legend 'eic-agent*' || true
    find /etc/systemd /var/lib/systemd/deb-systemd-* -name 'eic-agent*' 2>/dev/null || true`);

/** Checks that no units, no processes and no socket folder are left. */
export async function nothingOfItIsLeft(machine: Machine): Promise<void> {
  const left = "ls -d /run/eic-agent 2>/dev/null || true; find /proc -mindepth 1 -maxdepth 1 -user eic-agent";
  expect([await unitsOfIt(machine), await machine.sh(left)]).toEqual(["", ""]);
}
