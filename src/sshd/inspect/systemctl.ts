/** Properties of units from systemd, if it runs this system. */
import { statSync } from "node:fs";
import type { Exec } from "./exec.ts";

/** A unit's properties by name, as `systemctl show` prints them. */
export type Properties = ReadonlyMap<string, string>;

/** Returns the path of systemctl if systemd runs this system: sd_booted(3), and not inside a chroot. */
export function systemctlOf(programs: Exec): string | undefined {
  return isChroot() || !isThere("/run/systemd/system") ? undefined : programs.find("systemctl");
}

/** @returns the properties of each unit, in the same order; an error text if systemd does not answer */
export async function showUnits(
  systemctl: string,
  units: readonly string[],
  properties: readonly string[],
  programs: Exec,
): Promise<readonly Properties[] | string> {
  const asked = await programs.run(systemctl, ["show", `--property=${properties.join(",")}`, ...units]);
  if (asked.status !== 0) return asked.failed ?? asked.stderr.trim();
  return asked.stdout
    .split(/\n\n+/)
    .map((block) => new Map(block.split("\n").map((line) => line.split(/=(.*)/s, 2) as [string, string])));
}

/** Checks for a chroot as systemd does: the first process has another root than this one. */
export const isChroot = (): boolean => isThere("/proc/1/root/") && !isSame("/proc/1/root/", "/");

export function isSame(a: string, b: string): boolean {
  try {
    const [one, other] = [statSync(a), statSync(b)];
    return one.dev === other.dev && one.ino === other.ino;
  } catch {
    return false;
  }
}

export function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}
