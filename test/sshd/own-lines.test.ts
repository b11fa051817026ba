/** Lines that name our command, for all users or for some users only, in any notation and in any file. */
import { describe, expect, test } from "vitest";
import { walkConfig } from "../../src/sshd/inspect/config-walk.ts";
import { commandUserOf, ownLines, ownLinesForSome } from "../../src/sshd/inspect/own-lines.ts";
import { diskOf, treeOf } from "./memory-disk.ts";
import { FOLDER, MAIN, OURS } from "./sshd-files.ts";

const walked = (files: Readonly<Record<string, string>>) => walkConfig(MAIN, diskOf(treeOf(files)));
const places = (lines: readonly { file: string; line: number }[]) => lines.map(({ file, line }) => `${file}:${line}`);

describe("a line with eic-agent's command for some users only", () => {
  test.each<{ title: string; files: Record<string, string>; some: string[] }>([
    {
      title: "in a block of the main file",
      files: { [MAIN]: `Match Group x\n  AuthorizedKeysCommand ${OURS}\n` },
      some: [`${MAIN}:2`],
    },
    {
      title: "with other case, an equals sign and quotes",
      files: { [MAIN]: `match user=alice\n\tauthorizedKEYScommand = ${OURS.replace("%u", '"%u"')}\n` },
      some: [`${MAIN}:2`],
    },
    {
      title: "in a block of a drop-in, and not in the text after it",
      files: {
        [MAIN]: `Include ${FOLDER}/*.conf\nAuthorizedKeysCommand ${OURS}\n`,
        [`${FOLDER}/50-x.conf`]: `Match Group x\nAuthorizedKeysCommand ${OURS}\nMatch all\n`,
      },
      some: [`${FOLDER}/50-x.conf:2`],
    },
    {
      title: "in a file that a block includes, by a pattern within a pattern",
      files: {
        [MAIN]: "Match Group x\n Include groups/*/*.conf\n",
        "/etc/ssh/groups/a/one.conf": "Include more/[ab].conf",
        "/etc/ssh/more/b.conf": `AuthorizedKeysCommand ${OURS}\n`,
      },
      some: ["/etc/ssh/more/b.conf:1"],
    },
    {
      title: "with a chained command, and by hand under another path",
      files: {
        [MAIN]: `Match User a\nAuthorizedKeysCommand ${OURS} -- /opt/x %u\nMatch User b\nAuthorizedKeysCommand /opt/authorized-keys %u %f`,
      },
      some: [`${MAIN}:2`, `${MAIN}:4`],
    },
    {
      title: "after userdbctl",
      files: {
        [MAIN]: `Match User a\nAuthorizedKeysCommand /usr/bin/userdbctl ssh-authorized-keys %u --chain ${OURS}`,
      },
      some: [`${MAIN}:2`],
    },
    { title: "not in Match all", files: { [MAIN]: `Match all\nAuthorizedKeysCommand ${OURS}` }, some: [] },
    { title: "not outside of a block", files: { [MAIN]: `AuthorizedKeysCommand ${OURS}` }, some: [] },
    { title: "not in a comment", files: { [MAIN]: `Match User a\n#AuthorizedKeysCommand ${OURS}` }, some: [] },
    {
      title: "not for another program",
      files: { [MAIN]: "Match User a\nAuthorizedKeysCommand /opt/authorized-keys-of-x %u" },
      some: [],
    },
    {
      title: "not in a file that is not included",
      files: { [MAIN]: "", [`${FOLDER}/x.conf`]: `Match User a\nAuthorizedKeysCommand ${OURS}` },
      some: [],
    },
  ])("$title", ({ files, some }) => {
    expect(places(ownLinesForSome(walked(files)))).toEqual(some);
  });

  test("is one of all lines with eic-agent's command, with the user of its block or the global one", () => {
    const walk = walked({
      [MAIN]: `AuthorizedKeysCommandUser nobody\nMatch Group x\nAuthorizedKeysCommand ${OURS}\nAuthorizedKeysCommandUser eic-agent\nMatch Group y\nAuthorizedKeysCommand ${OURS}\n`,
    });
    expect(ownLines(walk).map((line) => commandUserOf(line, walk))).toEqual(["eic-agent", "nobody"]);
  });
});
