/** What stands in our unit files, for those who play systemd's part. */
import { readFileSync } from "node:fs";

/**
 * @param setting with the value as its first group
 * @throws Error where the unit does not have it
 */
export function ofUnit(unit: string, setting: RegExp): string {
  const found = setting.exec(readFileSync(`systemd/${unit}`, "utf8"))?.[1];
  if (found === undefined) throw new Error(`systemd/${unit}: no ${setting}`);
  return found;
}

/** The priority that the service runs with. */
export const niceness = (): string => ofUnit("eic-agent.service", /^Nice=(-?\d+)$/m);
