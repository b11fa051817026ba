/** Hosts before `eic-agent sshd enable` with `[session] caller_variable`, and PermitUserEnvironment in force afterwards. */
import { DROP_IN, FOLDER, INCLUDE, lines, MAIN } from "./sshd-files.ts";
import type { Files } from "./wired-host.ts";

/** The value that eic-agent writes for the name EIC_CALLER. */
export const LIST = "EIC_CALLER,EIC_REQUEST_ID";

export interface Permitting {
  readonly title: string;
  readonly files: Files;
  readonly words?: readonly string[];
  /** The value in force afterwards. */
  readonly value: string;
  /** Whether a file of eic-agent has the line. */
  readonly ours: boolean;
  readonly says: RegExp;
}

/** The row of `enable` if sshd sets both variables. */
export const sets = (by: string) =>
  new RegExp(
    `^session +sshd sets EIC_CALLER and EIC_REQUEST_ID in sessions: PermitUserEnvironment ".*", by ${by}$`,
    "m",
  );
/** The next step if an administrator's line must become `line`. */
export const changed = (line: string) =>
  new RegExp(`^next +change that line, and reload sshd: PermitUserEnvironment ${line}$`, "m");

export const PERMITTING: readonly Permitting[] = [
  { title: "no line", files: { [MAIN]: INCLUDE }, value: LIST, ours: true, says: sets(`${DROP_IN}:5`) },
  {
    title: "no line, without an Include",
    files: { [MAIN]: "UsePAM no\n" },
    words: ["--edit-main"],
    value: LIST,
    ours: true,
    says: sets(`${MAIN}:5`),
  },
  {
    title: "no after the Include",
    files: { [MAIN]: `${INCLUDE}PermitUserEnvironment no\n` },
    value: LIST,
    ours: true,
    says: sets(`${DROP_IN}:5`),
  },
  {
    title: "no in Match all, which is read later",
    files: { [MAIN]: `${INCLUDE}Match all\nPermitUserEnvironment no\n` },
    value: LIST,
    ours: true,
    says: sets(`${DROP_IN}:5`),
  },
  {
    title: "no in an earlier drop-in",
    files: { [MAIN]: INCLUDE, [`${FOLDER}/10-x.conf`]: "PermitUserEnvironment no\n" },
    value: "no",
    ours: false,
    says: changed(LIST),
  },
  {
    title: "no in an earlier drop-in, after another command, which is replaced by an earlier drop-in of eic-agent",
    files: { [MAIN]: INCLUDE, [`${FOLDER}/10-x.conf`]: `${lines("/usr/bin/env %u")}PermitUserEnvironment no\n` },
    words: ["--replace"],
    value: LIST,
    ours: true,
    says: sets(`${DROP_IN}:5`),
  },
  {
    title: "yes",
    files: { [MAIN]: `${INCLUDE}PermitUserEnvironment yes\n` },
    value: "yes",
    ours: false,
    says: sets(`${MAIN}:3`),
  },
  {
    title: "a list that has both by patterns",
    files: { [MAIN]: `${INCLUDE}PermitUserEnvironment LANG,EIC_*\n` },
    value: "LANG,EIC_*",
    ours: false,
    says: sets(`${MAIN}:3`),
  },
  {
    title: "a list without them, which is read later",
    files: { [MAIN]: `${INCLUDE}PermitUserEnvironment LANG,EDITOR\n` },
    value: "LANG,EDITOR",
    ours: false,
    says: changed(`LANG,EDITOR,${LIST}`),
  },
  {
    title: "a list with one of them",
    files: { [MAIN]: `${INCLUDE}PermitUserEnvironment EIC_REQUEST_ID,LANG\n` },
    value: "EIC_REQUEST_ID,LANG",
    ours: false,
    says: changed("EIC_REQUEST_ID,LANG,EIC_CALLER"),
  },
  {
    title: "a list that excludes one",
    files: { [MAIN]: `${INCLUDE}PermitUserEnvironment !EIC_CALLER,*\n` },
    value: "!EIC_CALLER,*",
    ours: false,
    says: /^next +remove the pattern with ! /m,
  },
  {
    title: "YES, which is a pattern",
    files: { [MAIN]: `${INCLUDE}PermitUserEnvironment YES\n` },
    value: "YES",
    ours: false,
    says: changed(`YES,${LIST}`),
  },
  {
    title: "drop-ins that are also included in a Match block, where sshd does not accept the keyword",
    files: { [MAIN]: `${INCLUDE}Match User alice\n  ${INCLUDE.split("\n")[0]}\n` },
    value: "no",
    ours: false,
    says: /^next +write it outside of every Match block, .*: PermitUserEnvironment EIC_CALLER,EIC_REQUEST_ID$/m,
  },
];
