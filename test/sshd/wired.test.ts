/**
 * `eic-agent sshd enable` and `disable` by the built program on a real sshd: the settings in force afterwards, the files
 * written, the output. Nothing may be left after `disable` or after a refusal.
 */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { rowsForNow } from "../../tools/slowness.ts";
import { describeWith } from "../support/needs.ts";
import { WIRINGS } from "./enable-cases.ts";
import { hosts, wishes } from "./hosts.ts";
import { OURS, TRIAL } from "./sshd-files.ts";
import { openWiredHost, type WiredHost } from "./wired-host.ts";

/** Returns the paths that differ between two trees. */
const differences = (a: Record<string, string>, b: Record<string, string>): string[] =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((path) => a[path] !== b[path]).toSorted();

/** Of rows that write the same files, the first is undone. The property tests show that this restores every byte. */
const ROWS = WIRINGS.map((row, index) => {
  const files = (ends: (typeof row)["ends"]) => JSON.stringify(ends === "refused" ? ends : ends.written);
  const isFirst = WIRINGS.findIndex(({ ends }) => files(ends) === files(row.ends)) === index;
  return { ...row, undone: isFirst && row.ends !== "refused" && row.ends.written.length > 0 };
});

describeWith("sshd", "wiring sshd", () => {
  let host: WiredHost;
  beforeAll(async () => {
    host = await openWiredHost();
  });
  afterAll(() => host.close());

  test.each(rowsForNow(ROWS))("$title", async ({ files, words = [], ends, message = [], undone }) => {
    host.lay(files);
    const before = host.tree();
    const enabled = await host.sshd("enable", ...words);
    expect(enabled.stderr).toBe("");
    const told = enabled.stdout.replace(/\n {12}(?=\S)/g, " ");
    for (const pattern of message) expect(pattern.flags.includes("m") ? enabled.stdout : told).toMatch(pattern);
    if (ends === "refused") {
      expect(enabled.status).toBe(1);
      expect(differences(before, host.tree())).toEqual([]);
      return;
    }
    expect(enabled).toMatchObject({ status: 0 });
    expect(differences(before, host.tree())).toEqual(ends.written.toSorted());
    expect(await host.inForce("-C", "user=alice,host=h,addr=1.2.3.4")).toEqual({
      command: ends.command ?? OURS,
      user: ends.user ?? "eic-agent",
    });
    if (!undone) return;
    expect(await host.sshd("disable")).toMatchObject({ status: 0, stderr: "" });
    expect(differences(before, host.tree())).toEqual([]);
  });

  test("on any host: in force for all users, or nothing is changed; and nothing is left behind", async () => {
    await fc.assert(
      fc.asyncProperty(hosts, wishes, async (files, { otherCommand, editMain }) => {
        host.lay(files);
        const before = host.tree();
        const flag = otherCommand === "leave" ? [] : [`--${otherCommand}`];
        const words = [...flag, ...(editMain ? ["--edit-main"] : [])];
        const { status } = await host.sshd("enable", ...words);
        if (status === 0) expect((await host.inForce()).command).toContain(otherCommand === "trial" ? TRIAL : OURS);
        else expect(differences(before, host.tree())).toEqual([]);
        if (status === 0) await host.sshd("disable");
        expect(differences(before, host.tree())).toEqual([]);
      }),
      { numRuns: 4 },
    );
  });
});
