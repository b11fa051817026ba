/** Breaks a host in one way: the first run of the doctor must name the problem and a remedy; no other line may change. */
import { expect } from "vitest";
import type { Broken } from "./expected.ts";
import type { Host, Told } from "./healthy-host.ts";

/** The latency depends on the test machine, so this check is compared only if a test causes its result. */
export const TIMED = "latency";

/** The part of a line that must stay the same: everything except times and counts. */
const line = (told: Told | undefined) => told && `${told.check} ${told.status} ${told.message.replace(/[0-9]+/g, "N")}`;

export async function isNamed(host: Host, { words = [], break: breakIt, mend, told }: Broken): Promise<void> {
  const before = await host.examine(words);
  await breakIt(host);
  try {
    const { exit, checks } = await host.examine(words);
    expect(checks.get("sshd")?.status).toBe("ok");
    for (const [check, expected] of Object.entries(told)) {
      const found = checks.get(check);
      expect(found).toMatchObject({ check, status: expected.status, ...(expected.code && { code: expected.code }) });
      if (expected.names !== undefined) expect(found?.message).toMatch(expected.names);
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
