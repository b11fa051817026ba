/** The table of what depends on sshd's version: how versions compare, and its copy in the documentation. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { isTrueFor, MEASURED, OPENSSH, versionsOf } from "../../src/sshd/inspect/openssh-versions.ts";

test.each([
  { version: "OpenSSH_8.6p1", is: false },
  { version: "OpenSSH_8.7p1", is: true },
  { version: "OpenSSH_8.10", is: true },
  { version: "OpenSSH_9.3p2", is: true },
  { version: "OpenSSH_9.4p1", is: false },
  { version: "OpenSSH_10.0p2", is: false },
  { version: "OpenSSH_for_Windows_9.2", is: undefined },
  { version: undefined, is: undefined },
])("from 8.7 to 9.3: $version", ({ version, is }) => {
  expect(isTrueFor(OPENSSH.principalsIgnored, version)).toBe(is);
});

test("the documentation has every row, and the versions with which it was compared", () => {
  const text = readFileSync("docs/sshd.md", "utf8");
  const rows = Object.values(OPENSSH).map((fact) => `| ${fact.about} | ${versionsOf(fact).slice("OpenSSH ".length)} |`);
  expect(rows.filter((row) => !text.includes(row))).toEqual([]);
  expect(text).toContain(`OpenSSH ${MEASURED.slice(0, -1).join(", ")} and ${MEASURED.at(-1)}`);
});
