/** Which reason `enable` reports if several reasons to refuse hold at once: the order of its checks. */
import { describe, expect, test } from "vitest";
import { describeRefusal } from "../../src/cli/sshd/refusals.ts";
import type { Entry } from "../../src/sshd/inspect/file-changes.ts";
import { blockText } from "../../src/sshd/wiring/managed-files.ts";
import { type EnableOptions, type PlanInput, planEnable } from "../../src/sshd/wiring/plan.ts";
import { type Entries, planInput } from "./plan-input.ts";
import { DROP_IN, FOLDER, INCLUDE, lines, MAIN, OURS } from "./sshd-files.ts";

const OURS_ALONE = { command: OURS, user: "eic-agent" };
/** Our command for alice only, by hand. */
const FOR_ALICE = { [`${FOLDER}/50-x.conf`]: `Match User alice\n  ${lines(OURS, "eic-agent")}` };

const EDITED = `#${lines(OURS, "eic-agent")}PermitTTY no\n`;
const EDITED_BLOCK = blockText(OURS_ALONE).replace("# END", "PermitTTY no\n# END");
const OPEN_BLOCK = "# BEGIN eic-agent\n";
const ROOTS = lines("/opt/x %u", "root");
const UNIT = "/etc/systemd/system/ssh.service";
const START = `[Service]\nExecStart=/usr/sbin/sshd -D -o "AuthorizedKeysCommand /opt/x %%u" -o AuthorizedKeysCommandUser=root\n`;
const OPT_AS_ROOT = { command: "/opt/x %u", user: "root" };
const link: Entry = { kind: "link", target: "/nowhere" };

const PRECEDENCE: readonly {
  readonly title: string;
  readonly files: Entries;
  readonly inForce?: PlanInput["inForce"];
  readonly flag?: EnableOptions["otherCommand"];
  readonly editMain?: boolean;
  readonly refusal: object;
  readonly message: RegExp;
}[] = [
  {
    title: "a link in the drop-in's place, before a block without an end",
    files: { [MAIN]: OPEN_BLOCK + INCLUDE, [DROP_IN]: link, ...FOR_ALICE },
    refusal: { why: "not-a-file", path: DROP_IN, what: "a link" },
    message: /60-eic-agent\.conf is a link, and not eic-agent's$/,
  },
  {
    title: "a block without an end, before a drop-in that was edited",
    files: { [MAIN]: OPEN_BLOCK + INCLUDE, [DROP_IN]: EDITED, ...FOR_ALICE },
    refusal: { why: "open-block", main: MAIN },
    message: /sshd_config has no end: the line # END eic-agent is missing$/,
  },
  {
    title: "a disabled drop-in of a unit whose name is taken, before a drop-in that was edited",
    files: {
      [MAIN]: INCLUDE,
      [DROP_IN]: EDITED,
      [`${UNIT}.d/x.conf.eic-agent-aside`]: START,
      [`${UNIT}.d/x.conf`]: "[Service]\n",
    },
    refusal: {
      why: "not-a-file",
      path: `${UNIT}.d/x.conf.eic-agent-aside`,
      what: `${UNIT}.d/x.conf exists again`,
    },
    message: /x\.conf\.eic-agent-aside is \S*x\.conf exists again/,
  },
  {
    title: "a drop-in that was edited, before a block that was edited",
    files: { [MAIN]: EDITED_BLOCK + INCLUDE, [DROP_IN]: EDITED, ...FOR_ALICE },
    refusal: { why: "edited", path: DROP_IN },
    message: /60-eic-agent\.conf was changed by hand, and is not overwritten$/,
  },
  {
    title: "a block that was edited, before lines for some users",
    files: { [MAIN]: EDITED_BLOCK + INCLUDE, ...FOR_ALICE },
    refusal: { why: "edited", path: MAIN },
    message: /sshd_config was changed by hand/,
  },
  {
    title: "lines for some users, before a block for all users",
    files: { [MAIN]: `${INCLUDE}Match all\n${ROOTS}`, ...FOR_ALICE },
    inForce: OPT_AS_ROOT,
    refusal: { why: "for-some", lines: [{ match: ["User alice"] }] },
    message: /for some users only, by \S*50-x\.conf:2, in the block Match User alice/,
  },
  {
    title: "a block for all users, before a chain as root",
    files: { [MAIN]: `${INCLUDE}Match all\n${ROOTS}`, ...FOR_ALICE },
    inForce: OPT_AS_ROOT,
    flag: "chain",
    refusal: { why: "match", user: undefined, command: "/opt/x %u", commandUser: "root", ours: OURS_ALONE },
    message: /for all users sshd has "\/opt\/x %u" as root, by \S*sshd_config:4, in the block Match all$/,
  },
  {
    title: "a chain as root, before an option of the unit",
    files: { [MAIN]: "UsePAM no\n", [UNIT]: START },
    inForce: OPT_AS_ROOT,
    flag: "chain",
    refusal: { why: "chain-as-root", command: "/opt/x %u" },
    message: /^"\/opt\/x %u" runs as root/,
  },
  {
    title: "an option of the unit, before a main file that is a link",
    files: { [MAIN]: link, [UNIT]: START },
    inForce: OPT_AS_ROOT,
    flag: "replace",
    refusal: { why: "command-line", place: `${UNIT}:2`, value: "/opt/x %u" },
    message: /^sshd's command line sets "\/opt\/x %u" \(\/etc\/systemd\/system\/ssh\.service:2\)/,
  },
  {
    title: "a user of a block for all users, before an earlier user",
    files: {
      [MAIN]: `${INCLUDE}Match all\nAuthorizedKeysCommandUser sshd\n`,
      [`${FOLDER}/10-x.conf`]: "AuthorizedKeysCommandUser nobody\n",
    },
    refusal: { why: "match", user: undefined, command: OURS, commandUser: "sshd", ours: OURS_ALONE },
    message: /for all users sshd has ".*" as sshd, by \S*sshd_config:4, in the block Match all$/,
  },
  {
    title: "an earlier user, before the block that --edit-main would write",
    files: { [MAIN]: INCLUDE, [`${FOLDER}/10-x.conf`]: "AuthorizedKeysCommandUser nobody\n" },
    editMain: true,
    refusal: { why: "other-user", user: "nobody" },
    message: /^AuthorizedKeysCommandUser is nobody, by \S*10-x\.conf:1, before eic-agent's/,
  },
  {
    title: "no Include, before a main file that is a link",
    files: { [MAIN]: link },
    refusal: { why: "no-include", main: MAIN },
    message: /sshd_config does not include/,
  },
  {
    title: "a main file that is a link, last",
    files: { [MAIN]: link },
    editMain: true,
    refusal: { why: "not-a-file", path: MAIN, what: "a link", ours: OURS_ALONE },
    message: /sshd_config is a link: the administrator of that file must change it$/,
  },
];

describe("of several reasons, the first counts:", () => {
  test.each(PRECEDENCE)("$title", ({ files, inForce, flag = "leave", editMain = false, refusal, message }) => {
    const plan = planEnable({ otherCommand: flag, editMain }, planInput(files, inForce));
    expect(plan).toMatchObject({ kind: "refused", refusal });
    if (plan.kind === "refused") expect(describeRefusal(plan.refusal).message).toMatch(message);
  });

  test("what is asked for is in force, before any reason", () => {
    const files = { [MAIN]: OPEN_BLOCK + INCLUDE, [DROP_IN]: link, ...FOR_ALICE };
    const plan = planEnable({ otherCommand: "leave", editMain: false }, planInput(files, OURS_ALONE));
    expect(plan).toEqual({ kind: "nothing", ours: OURS_ALONE });
  });
});
