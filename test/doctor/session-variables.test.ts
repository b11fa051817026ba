/**
 * The check `session-variables`: which values of PermitUserEnvironment set both variables, which line decides, and the next
 * step. The values in force are those that OpenSSH 9.2 printed for the same files (test/sshd/session-line.test.ts).
 */
import { expect, test } from "vitest";
import { judgeSessionVariables } from "../../src/doctor/check/session-variables.ts";
import { walkConfig } from "../../src/sshd/inspect/config-walk.ts";
import { diskOf, treeOf } from "../sshd/memory-disk.ts";
import { DROP_IN, FOLDER, INCLUDE, lines, MAIN, OURS } from "../sshd/sshd-files.ts";

const LIST = "EIC_CALLER,EIC_REQUEST_ID";
const LINE = `PermitUserEnvironment ${LIST}\n`;
const WIRED = lines(OURS, "eic-agent");
const ENABLE = /^sudo eic-agent sshd enable writes the line$/;
const change = (value: string) => new RegExp(`^change that line, and reload sshd: PermitUserEnvironment ${value}$`);

interface Row {
  readonly title: string;
  readonly files: Readonly<Record<string, string>>;
  /** As sshd prints it. */
  readonly has: string;
  readonly status: "ok" | "warning";
  readonly message?: RegExp;
  readonly hint?: RegExp;
  readonly words?: readonly string[];
  readonly version?: string;
}

test.each<Row>([
  {
    title: "eic-agent's line",
    files: { [MAIN]: INCLUDE, [DROP_IN]: WIRED + LINE },
    has: LIST,
    status: "ok",
    message:
      /^sshd sets EIC_CALLER and EIC_REQUEST_ID in sessions: .* by \/etc\/ssh\/sshd_config\.d\/60-eic-agent\.conf:3$/,
  },
  { title: "yes", files: { [MAIN]: "PermitUserEnvironment yes\n" }, has: "yes", status: "ok" },
  { title: "yes in Match all", files: { [MAIN]: "Match all\nPermitUserEnvironment yes\n" }, has: "yes", status: "ok" },
  { title: "a pattern", files: { [MAIN]: "PermitUserEnvironment EIC_?*\n" }, has: "EIC_?*", status: "ok" },
  { title: "no line", files: { [MAIN]: INCLUDE, [DROP_IN]: WIRED }, has: "no", status: "warning", hint: ENABLE },
  { title: "no line, and no command", files: { [MAIN]: INCLUDE }, has: "no", status: "warning", hint: ENABLE },
  {
    title: "no, read after eic-agent's file",
    files: { [MAIN]: `${INCLUDE}PermitUserEnvironment no\n`, [DROP_IN]: WIRED },
    has: "no",
    status: "warning",
    message: /"no", by \/etc\/ssh\/sshd_config:3$/,
    hint: ENABLE,
  },
  {
    title: "no, read before eic-agent's file",
    files: { [MAIN]: INCLUDE, [`${FOLDER}/10-x.conf`]: "PermitUserEnvironment no\n", [DROP_IN]: WIRED },
    has: "no",
    status: "warning",
    message: /"no", by \/etc\/ssh\/sshd_config\.d\/10-x\.conf:1$/,
    hint: change(LIST),
  },
  {
    title: "no on sshd's command line",
    files: { [MAIN]: INCLUDE, [DROP_IN]: WIRED + LINE },
    words: ["-o", "PermitUserEnvironment=no"],
    has: "no",
    status: "warning",
    message: /, by sshd's command line$/,
    hint: /^change that option, and restart sshd: PermitUserEnvironment EIC_CALLER,EIC_REQUEST_ID$/,
  },
  {
    title: "no line, and the command for some users only, which enable refuses",
    files: { [MAIN]: INCLUDE, [`${FOLDER}/50-x.conf`]: `Match User alice\n${WIRED}` },
    has: "no",
    status: "warning",
    hint: /^write it outside of every Match block, for example into .*50-x\.conf, and reload sshd: PermitUserEnvironment EIC/,
  },
  {
    title: "eic-agent's line for an earlier name",
    files: { [MAIN]: INCLUDE, [DROP_IN]: `${WIRED}PermitUserEnvironment EIC_WHO,EIC_REQUEST_ID\n` },
    has: "EIC_WHO,EIC_REQUEST_ID",
    status: "warning",
    message: /^sshd does not set EIC_CALLER in sessions/,
    hint: ENABLE,
  },
  {
    title: "an administrator's list",
    files: { [MAIN]: "PermitUserEnvironment LANG,EDITOR\n" },
    has: "LANG,EDITOR",
    status: "warning",
    hint: change(`LANG,EDITOR,${LIST}`),
  },
  {
    title: "an administrator's list with one of them, in another case of letters",
    files: { [MAIN]: "PermitUserEnvironment eic_caller,EIC_REQUEST_ID\n" },
    has: "eic_caller,EIC_REQUEST_ID",
    status: "warning",
    message: /^sshd does not set EIC_CALLER in sessions/,
    hint: change("eic_caller,EIC_REQUEST_ID,EIC_CALLER"),
  },
  {
    title: "an administrator's list that excludes them",
    files: { [MAIN]: "PermitUserEnvironment !EIC_*,*\n" },
    has: "!EIC_*,*",
    status: "warning",
    hint: /^remove the pattern with !/,
  },
  {
    title: "an administrator's line that eic-agent's hides",
    files: { [MAIN]: `${INCLUDE}PermitUserEnvironment yes\n`, [DROP_IN]: WIRED + LINE },
    has: LIST,
    status: "warning",
    message: /; \/etc\/ssh\/sshd_config:3 has "yes", which is read later and has no effect$/,
    hint: /: sudo eic-agent sshd enable$/,
  },
  {
    title: "an sshd before lists of patterns",
    files: { [MAIN]: INCLUDE, [DROP_IN]: WIRED },
    has: "no",
    version: "OpenSSH_7.7p1",
    status: "warning",
    hint: /OpenSSH 7\.8/,
  },
])("$title: $status", ({ files, has, status, message, hint, words = [], version = "OpenSSH_9.2p1" }) => {
  const walk = walkConfig(MAIN, diskOf(treeOf(files)));
  const values = new Map([["permituserenvironment", [has]]]);
  const effective = { kind: "known", sshd: "/usr/sbin/sshd", values } as const;
  const found = judgeSessionVariables({ walk, effective, words, version }, { callerVariable: "EIC_CALLER" });
  expect(found.status).toBe(status);
  if (message !== undefined) expect(found.message).toMatch(message);
  if (hint !== undefined) expect(found.hint).toMatch(hint);
});

test.each([
  { title: "the setting is off", settings: { callerVariable: undefined }, why: "config-invalid" },
  { title: "the settings cannot be read", settings: undefined, why: "config-invalid" },
  { title: "sshd cannot be asked", settings: { callerVariable: "EIC_CALLER" }, why: "config-invalid" },
  { title: "sshd can be asked by root alone", settings: { callerVariable: "EIC_CALLER" }, why: "needs-root" },
] as const)("not applicable if $title", ({ settings, why }) => {
  const effective = { kind: "unknown", why, message: "" } as const;
  const walk = walkConfig(MAIN, diskOf(treeOf({ [MAIN]: "" })));
  const found = judgeSessionVariables({ walk, effective, words: [], version: undefined }, settings);
  expect(found.status).toBe("not-applicable");
  expect(found.needsRoot).toBe(why === "needs-root" ? true : undefined);
});
