/** Hosts on which the administrator has decided which users get our command, or that users get no command. */

import { DROP_IN, FOLDER, INCLUDE, lines, MAIN, OURS } from "./sshd-files.ts";
import { AWS, type Files } from "./wired-host.ts";

/** docs/install.md, "For some users only". */
export const BLOCK = `Match User alice\n    AuthorizedKeysCommand ${OURS}\n    AuthorizedKeysCommandUser eic-agent\nMatch all\n`;
const GROUP_FILE = `${FOLDER}/50-eic-agent-group.conf`;

export interface Limited {
  readonly title: string;
  readonly files: Files;
  /** The users among root, alice and bob that have our command. */
  readonly has: readonly string[];
}

export const LIMITED: readonly Limited[] = [
  { title: "a Match block in a drop-in", files: { [MAIN]: INCLUDE, [GROUP_FILE]: BLOCK }, has: ["alice"] },
  {
    title: "the same with another command",
    files: { [MAIN]: INCLUDE + lines("/usr/bin/env %u"), [GROUP_FILE]: BLOCK },
    has: ["alice"],
  },
  {
    title: "the same with AWS's command",
    files: { [MAIN]: `UsePAM no\n${lines(`${AWS} %u %f`, "sshd")}${BLOCK}` },
    has: ["alice"],
  },
  {
    title: "a file that a Match block includes",
    files: {
      [MAIN]: `UsePAM no\nMatch User alice\n  Include /etc/ssh/groups/*/[a-z]*.conf\n`,
      "/etc/ssh/groups/x/one.conf": `authorizedKEYScommand = ${OURS}\nAuthorizedKeysCommandUser="eic-agent"\n`,
    },
    has: ["alice"],
  },
  {
    title: "one in the main file, which includes nothing, with a drop-in that nothing reads",
    files: { [MAIN]: `UsePAM no\n${BLOCK}`, [GROUP_FILE]: BLOCK.replace("alice", "bob") },
    has: ["alice"],
  },
  { title: "none, set by a line", files: { [MAIN]: `${INCLUDE}AuthorizedKeysCommand none\n` }, has: [] },
  {
    title: "none for all users, by Match all",
    files: { [MAIN]: `${INCLUDE}Match all\n  AuthorizedKeysCommand none\n` },
    has: [],
  },
  {
    title: "for all users but root, which a Match block excludes",
    files: {
      [MAIN]: `${INCLUDE}Match User root\n  AuthorizedKeysCommand none\n`,
      [DROP_IN]: lines(OURS, "eic-agent"),
    },
    has: ["alice", "bob"],
  },
];
