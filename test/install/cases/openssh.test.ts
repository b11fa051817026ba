/** The table of what depends on sshd's version, compared with the sshd of each Debian release. */
import { expect, test } from "vitest";
import { isTrueFor, MEASURED, OPENSSH } from "../../../src/sshd/inspect/openssh-versions.ts";
import { isBrief } from "../../../tools/slowness.ts";
import { layCorpKeys, reload } from "../foreign-command.ts";
import { openMachine } from "../machine.ts";
import { askAll, type ByLogin, LINES, QUESTIONS, seenByLogin } from "../openssh-facts.ts";
import { RELEASES } from "../releases.ts";
import { stories, TIMEOUT_MS } from "../scenario.ts";
import { openTree, type Tree } from "../tree.ts";

/** Returns `OpenSSH_8.4`, as measured for the table. */
async function versionOf(tree: Tree): Promise<string> {
  const { stdout, stderr } = await tree.mustRun(["sh", "-c", "sshd -V 2>&1 || true"]);
  const version = /OpenSSH_\d+\.\d+/.exec(stdout + stderr)?.[0] ?? "";
  expect(MEASURED.map((one) => `OpenSSH_${one}`)).toContain(version);
  return version;
}

stories("sshd's versions", () => {
  test.each(RELEASES)("the table is true for the sshd of $name", { timeout: TIMEOUT_MS }, async (release) => {
    const tree = await openTree(release);
    try {
      const version = await versionOf(tree);
      const answers = (await tree.mustRun(["sh", "-c", askAll()])).stdout.trim().split("\n");
      const rows = Object.entries(OPENSSH).filter(([row]) => row in QUESTIONS);
      expect(answers.toSorted()).toEqual(rows.map(([row, fact]) => `${row} ${isTrueFor(fact, version)}`).toSorted());
    } finally {
      await tree.close();
    }
  });

  // A brief run has the rows that need no login.
  test.each(isBrief ? [] : RELEASES)("and for logins at that of $name", { timeout: TIMEOUT_MS }, async (release) => {
    const machine = await openMachine({ release, mode: "service" });
    try {
      const version = await versionOf(machine.tree);
      const seen: Partial<Record<ByLogin, boolean>> = {};
      const expected: typeof seen = {};
      const key = await layCorpKeys(machine);
      for (const row of Object.keys(LINES) as ByLogin[]) {
        machine.tree.write("/etc/ssh/sshd_config.d/10-asked.conf", LINES[row]);
        await reload(machine);
        seen[row] = await seenByLogin[row](machine, key);
        expected[row] = isTrueFor(OPENSSH[row], version) === true;
      }
      expect(seen).toEqual(expected);
    } finally {
      await machine.close();
    }
  });
});
