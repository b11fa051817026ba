/** What systemd says of units, where it is this system's own. */
import { statSync } from "node:fs";
import type { Exec } from "./exec.ts";

/** A unit's properties by name, as `systemctl show` has them. */
export type Properties = ReadonlyMap<string, string>;

/** systemctl, where it has a system to speak of: sd_booted(3), and no chroot within one. */
export function systemctlOf(programs: Exec): string | undefined {
  return isChroot() || !isThere("/run/systemd/system") ? undefined : programs.find("systemctl");
}

/** @returns one for each unit, in their order; a text where systemd does not say */
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

/** As systemd tells it: the first process has another root than we do. */
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
