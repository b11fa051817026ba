/** The Match block of docs/install.md, as sshd itself reads it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { effectiveCommand } from "../../src/sshd/inspect/effective.ts";
import { systemPrograms } from "../../src/sshd/inspect/exec.ts";
import { documented } from "../support/documented.ts";
import { describeWith } from "../support/needs.ts";

const OURS = { kind: "known", command: "/usr/libexec/eic-agent/authorized-keys %u %f", user: "eic-agent" };

describeWith("sshd", "a Match block for a group", () => {
  test.each([
    { title: "eic-agent is asked about its members", user: "root", expected: OURS },
    {
      title: "the next command about other users",
      user: "nobody",
      expected: { kind: "known", command: "/bin/other %u", user: "nobody" },
    },
  ])("$title", async ({ user, expected }) => {
    const folder = mkdtempSync(join(tmpdir(), "eic-match-"));
    try {
      mkdirSync(join(folder, "sshd_config.d"));
      // The group root, which every system has.
      const block = documented("docs/install.md", "match-block")[0].replace("Group instance-connect", "Group root");
      writeFileSync(join(folder, "sshd_config.d/50-eic-agent-group.conf"), block);
      const lines = ["AuthorizedKeysCommand /bin/other %u", "AuthorizedKeysCommandUser nobody"];
      const main = join(folder, "sshd_config");
      writeFileSync(main, [`Include ${folder}/sshd_config.d/*.conf`, ...lines, ""].join("\n"));
      expect(await effectiveCommand({ connection: { user }, words: ["-f", main] }, systemPrograms)).toMatchObject(
        expected,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
