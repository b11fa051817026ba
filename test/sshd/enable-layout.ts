/** Hosts before `eic-agent sshd enable` whose files make a difference: Include, Match blocks, links, folders. */
import { ours, type Wiring } from "./enable-case.ts";
import { DROP_IN, FOLDER, INCLUDE, lines, MAIN, OURS } from "./sshd-files.ts";

export const LAYOUTS: readonly Wiring[] = [
  {
    title: "no Include",
    files: { [MAIN]: "UsePAM no\n" },
    ends: "refused",
    message: [/does not include/, /enable --edit-main/],
  },
  {
    title: "no Include, and the main file to be edited",
    files: { [MAIN]: "UsePAM no\nMatch User bob\n  PermitTTY no" },
    words: ["--edit-main"],
    ends: ours(MAIN, `${MAIN}.eic-agent-backup`, DROP_IN),
  },
  {
    title: "an earlier user in another file",
    files: { [MAIN]: INCLUDE, [`${FOLDER}/10-x.conf`]: "AuthorizedKeysCommandUser nobody\n" },
    ends: "refused",
    message: [/AuthorizedKeysCommandUser is nobody, by \S*10-x\.conf:1/],
  },
  {
    title: "an earlier user in another file, replaced",
    files: { [MAIN]: INCLUDE, [`${FOLDER}/10-x.conf`]: "AuthorizedKeysCommandUser nobody\n" },
    words: ["--replace"],
    ends: ours(`${FOLDER}/00-eic-agent.conf`, DROP_IN),
  },
  {
    title: "a Match block that keeps root out",
    files: { [MAIN]: `${INCLUDE}Match User root\n  AuthorizedKeysCommand none\n` },
    ends: ours(),
    message: [/^not for +root: AuthorizedKeysCommand none, by \/etc\/ssh\/sshd_config:4/m],
  },
  {
    title: "a Match block that gives root another command",
    files: {
      [MAIN]: `${INCLUDE}Match User root\n  AuthorizedKeysCommand /usr/bin/env %u\n  AuthorizedKeysCommandUser nobody\n`,
    },
    words: ["--replace"],
    ends: "refused",
    message: [
      /for root sshd has "\/usr\/bin\/env %u" as nobody, by \/etc\/ssh\/sshd_config:4/,
      new RegExp(`^ +AuthorizedKeysCommand ${OURS}$`, "m"),
    ],
  },
  {
    title: "eic-agent's command in a Match block, for one user only",
    files: {
      [MAIN]: INCLUDE,
      [`${FOLDER}/50-x.conf`]: `Match User alice\n  AuthorizedKeysCommand ${OURS}\n  AuthorizedKeysCommandUser eic-agent\n`,
    },
    ends: "refused",
    message: [/named for some users only, by \S*50-x\.conf:2, in the block Match User alice/],
  },
  {
    title: "a Match block with another user for it",
    files: { [MAIN]: `${INCLUDE}Match Address 127.0.0.1\n  AuthorizedKeysCommandUser sshd\n` },
    ends: "refused",
    message: [/a Match block overrides everything: for root .* by \/etc\/ssh\/sshd_config:4/],
  },
  {
    title: "a configuration that is broken already",
    files: { [MAIN]: `${INCLUDE}Prot 22\n` },
    words: ["--replace"],
    ends: "refused",
    message: [/Bad configuration option: Prot/],
  },
  {
    title: "a link that leads nowhere in the drop-in's place",
    files: { [MAIN]: INCLUDE, [DROP_IN]: "-> /nowhere" },
    ends: "refused",
    message: [/60-eic-agent\.conf is a link whose target sshd cannot read/],
  },
  {
    title: "a link to /dev/null in the drop-in's place",
    files: { [MAIN]: INCLUDE, [DROP_IN]: "-> /dev/null" },
    ends: "refused",
    message: [/60-eic-agent\.conf is a link/],
  },
  {
    title: "a folder in the drop-in's place",
    files: { [MAIN]: INCLUDE, [`${DROP_IN}/file`]: "" },
    ends: "refused",
    message: [/60-eic-agent\.conf is a folder/],
  },
  {
    title: "a drop-in that was changed by hand and is not in force",
    files: { [MAIN]: INCLUDE, [DROP_IN]: `#${lines(OURS, "eic-agent")}PermitTTY no\n` },
    ends: "refused",
    message: [/was changed by hand/, /sshd disable && eic-agent sshd enable/],
  },
  {
    title: "a main file that is a link",
    files: { [MAIN]: "-> /etc/ssh/managed", "/etc/ssh/managed": "UsePAM no\n" },
    words: ["--edit-main"],
    ends: "refused",
    message: [/sshd_config is a link/, new RegExp(`^ +AuthorizedKeysCommand ${OURS}$`, "m")],
  },
];
