/** Breaks a host in one way: the doctor names that at first sight, with what to do, and every other line stays as it was. */
import { expect } from "vitest";
import type { Broken } from "./expected.ts";
import type { Host, Told } from "./healthy-host.ts";

/** How fast the service answered is the test machine's matter, unless a test makes it so. */
export const TIMED = "latency";

/** What stays the same: all but times and counts. */
const line = (told: Told | undefined) => told && `${told.check} ${told.status} ${told.says.replace(/[0-9]+/g, "N")}`;

export async function isNamed(host: Host, { words = [], break: breakIt, mend, told }: Broken): Promise<void> {
  const before = await host.examine(words);
  await breakIt(host);
  try {
    const { exit, checks } = await host.examine(words);
    expect(checks.get("sshd")?.status).toBe("ok");
    for (const [check, expected] of Object.entries(told)) {
      const found = checks.get(check);
      expect(found).toMatchObject({ check, status: expected.status, ...(expected.code && { code: expected.code }) });
      if (expected.names !== undefined) expect(found?.says).toMatch(expected.names);
      if (expected.status === "failed" || expected.status === "warning") expect(found?.hint).toMatch(/\w{3}/);
      if (expected.hint !== undefined) expect(found?.hint).toMatch(expected.hint);
    }
    const others = [...checks.values()].filter(({ check }) => told[check] === undefined && check !== TIMED);
    expect(others.map(line)).toEqual(others.map(({ check }) => line(before.checks.get(check))));
    expect(exit).toBe(Object.values(told).some(({ status }) => status === "failed") ? 1 : 0);
  } finally {
    await mend?.(host);
  }
}
