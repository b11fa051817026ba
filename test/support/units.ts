/** Values from the project's unit files, for tests that take the place of systemd. */
import { readFileSync } from "node:fs";

/**
 * Returns the value of a setting in a unit file.
 * @param setting captures the value in its first group
 * @throws Error if the unit does not have the setting
 */
export function ofUnit(unit: string, setting: RegExp): string {
  const found = setting.exec(readFileSync(`systemd/${unit}`, "utf8"))?.[1];
  if (found === undefined) throw new Error(`systemd/${unit}: no ${setting}`);
  return found;
}

/** Returns the nice value that the service runs with. */
export const niceness = (): string => ofUnit("eic-agent.service", /^Nice=(-?\d+)$/m);
