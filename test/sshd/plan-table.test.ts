/**
 * The tables of `enable`, row by row: each state that it can find × each flag, with the result that an administrator gets. The
 * expectations are written by hand.
 */
import { describe, expect, test } from "vitest";
import { describeRefusal } from "../../src/cli/sshd/refusals.ts";
import { dropInText } from "../../src/sshd/wiring/managed-files.ts";
import { type EnableOptions, type Plan, type PlanInput, planEnable } from "../../src/sshd/wiring/plan.ts";
import { NO_COMMAND, planInput } from "./plan-input.ts";
import { DROP_IN, FOLDER, INCLUDE, lines, MAIN, OURS } from "./sshd-files.ts";

const AWS = "/usr/share/ec2-instance-connect/eic_run_authorized_keys %u %f";
const SSSD = "/usr/bin/sss_ssh_authorizedkeys %u";
const OURS_ALONE = { command: OURS, user: "eic-agent" };
const OURS_AND_OPT = { command: `${OURS} -- /opt/x %u`, user: "nobody" };
const OURS_WITHOUT_USER = { command: OURS, user: undefined };

const FLAGS: readonly EnableOptions["otherCommand"][] = ["leave", "chain", "replace-aws", "replace"];

/** Our command for alice only, by hand. */
const FOR_ALICE = { [`${FOLDER}/50-x.conf`]: `Match User alice\n  ${lines(OURS, "eic-agent")}` };

/** The state without the lines of an earlier run: lines of the main file, and the command that sshd then reports. */
const REMAINING = {
  nothing: { main: "", inForce: NO_COMMAND },
  none: { main: "AuthorizedKeysCommand none\n", inForce: NO_COMMAND },
  "by hand": { main: lines(OURS, "eic-agent"), inForce: OURS_ALONE },
  "by hand, chained": { main: lines(OURS_AND_OPT.command, "nobody"), inForce: OURS_AND_OPT },
  AWS: { main: lines(AWS), inForce: { command: AWS, user: "nobody" } },
  SSSD: { main: lines(SSSD, "sssd"), inForce: { command: SSSD, user: "sssd" } },
  "Match all": { main: `Match all\n${lines(SSSD, "sssd")}`, inForce: { command: SSSD, user: "sssd" } },
} as const;

/** Our command in force, written by an earlier run; in a block `Match all` only lines by hand can be in force. */
const IN_FORCE = {
  ours: { inForce: OURS_ALONE, files: {} },
  "ours, chained": { inForce: OURS_AND_OPT, files: {} },
  // The user of an earlier file counts, and there is none.
  "ours, no user": {
    inForce: OURS_WITHOUT_USER,
    files: { [`${FOLDER}/10-x.conf`]: "AuthorizedKeysCommandUser none\n" },
  },
} as const;

type Given = readonly [inForce: "other" | keyof typeof IN_FORCE, forAlice: "-" | "alice", keyof typeof REMAINING];

function given([present, forAlice, remaining]: Given): PlanInput {
  const byHand = forAlice === "alice" ? FOR_ALICE : {};
  const { main, inForce } = REMAINING[remaining];
  if (present === "other") return planInput({ [MAIN]: INCLUDE + main, ...byHand }, inForce);
  const ours = IN_FORCE[present];
  const { command, user = "none" } = ours.inForce;
  if (remaining === "Match all")
    return planInput({ [MAIN]: `${INCLUDE}Match all\n${lines(command, user)}`, ...byHand }, ours.inForce);
  const written = dropInText(present === "ours, no user" ? OURS_ALONE : { command, user });
  return planInput({ [MAIN]: INCLUDE + main, [DROP_IN]: written, ...ours.files, ...byHand }, ours.inForce);
}

const CHAINS = {
  "+ AWS": { command: `${OURS} -- ${AWS}`, user: "nobody" },
  "+ SSSD": { command: `${OURS} -- ${SSSD}`, user: "sssd" },
  "+ opt": OURS_AND_OPT,
} as const;

type Refused = "foreign" | "not AWS's" | "for-some" | "match" | "other-user" | "chain-as-root";

/** `as is`: nothing changes. `ours`, `+ …`: these lines are written. Otherwise: the reason of the refusal. */
type Result = "as is" | "ours" | keyof typeof CHAINS | Refused;

/** The text of each refusal, with the command and its line. */
const TEXTS: Readonly<Record<string, RegExp>> = {
  "foreign none": /no command: AuthorizedKeysCommand none, by \/etc\/ssh\/sshd_config:3$/,
  "foreign AWS": /of AWS's ec2-instance-connect package, as nobody, by \/etc\/ssh\/sshd_config:3$/,
  "foreign SSSD": /of SSSD, as sssd, by \/etc\/ssh\/sshd_config:3$/,
  "not AWS's none": /no command: AuthorizedKeysCommand none, by \/etc\/ssh\/sshd_config:3$/,
  "not AWS's SSSD": /of SSSD, as sssd, by \/etc\/ssh\/sshd_config:3; --replace-aws replaces AWS's only$/,
  "for-some": /for some users only, by \/etc\/ssh\/sshd_config\.d\/50-x\.conf:2, in the block Match User alice\./,
  match:
    /^a Match block overrides everything: for all users sshd has ".* by \/etc\/ssh\/sshd_config:4, in the block Match all$/,
  "chain-as-root": /runs as root, and chained commands run as one user/,
  "other-user": /^AuthorizedKeysCommandUser is none, by \/etc\/ssh\/sshd_config\.d\/10-x\.conf:1, before eic-agent's/,
};

function expectRefusal(plan: Plan, expected: Refused, remaining: string): void {
  if (plan.kind !== "refused") throw new Error(`it is ${plan.kind}`);
  const { refusal } = plan;
  expect(refusal.why).toBe(expected === "not AWS's" ? "foreign" : expected);
  if (refusal.why === "foreign") expect(refusal.onlyAws).toBe(expected === "not AWS's");
  expect(describeRefusal(refusal).message).toMatch(TEXTS[expected] ?? TEXTS[`${expected} ${remaining}`] ?? /^no text$/);
}

function expectResult(plan: Plan, expected: Result, { inForce }: PlanInput, remaining: string): void {
  switch (expected) {
    case "as is":
      expect(plan).toEqual({ kind: "nothing", ours: { command: inForce.command, user: inForce.user ?? "" } });
      return;
    case "ours":
      expect(plan).toMatchObject({ kind: "change", ours: OURS_ALONE });
      return;
    case "+ AWS":
    case "+ SSSD":
    case "+ opt":
      expect(plan).toMatchObject({ kind: "change", ours: CHAINS[expected], addMember: CHAINS[expected].user });
      return;
    default:
      expectRefusal(plan, expected, remaining);
  }
}

/** State: in force, for alice by hand, without our lines. Results: without a flag, --chain, --replace-aws, --replace. */
type TableRow = readonly [...Given, Result, Result, Result, Result];

const TABLE: readonly TableRow[] = [
  ["other", "-", "nothing", "ours", "ours", "ours", "ours"],
  ["other", "-", "none", "foreign", "foreign", "not AWS's", "ours"],
  ["other", "-", "by hand", "as is", "as is", "as is", "as is"],
  ["other", "-", "by hand, chained", "as is", "as is", "as is", "ours"],
  ["other", "-", "AWS", "foreign", "+ AWS", "ours", "ours"],
  ["other", "-", "SSSD", "foreign", "+ SSSD", "not AWS's", "ours"],
  ["other", "-", "Match all", "match", "match", "match", "match"],

  ["other", "alice", "nothing", "for-some", "ours", "for-some", "ours"],
  ["other", "alice", "none", "for-some", "foreign", "for-some", "ours"],
  ["other", "alice", "by hand", "as is", "as is", "as is", "as is"],
  ["other", "alice", "by hand, chained", "as is", "as is", "as is", "ours"],
  ["other", "alice", "AWS", "for-some", "+ AWS", "for-some", "ours"],
  ["other", "alice", "SSSD", "for-some", "+ SSSD", "for-some", "ours"],
  ["other", "alice", "Match all", "for-some", "match", "for-some", "match"],

  ["ours", "-", "nothing", "as is", "as is", "as is", "as is"],
  ["ours", "-", "none", "as is", "as is", "as is", "as is"],
  ["ours", "-", "by hand", "as is", "as is", "as is", "as is"],
  ["ours", "-", "by hand, chained", "as is", "+ opt", "as is", "as is"],
  ["ours", "-", "AWS", "as is", "+ AWS", "as is", "as is"],
  ["ours", "-", "SSSD", "as is", "+ SSSD", "as is", "as is"],
  ["ours", "-", "Match all", "as is", "match", "as is", "as is"],

  ["ours", "alice", "nothing", "as is", "as is", "as is", "as is"],
  ["ours", "alice", "none", "as is", "as is", "as is", "as is"],
  ["ours", "alice", "by hand", "as is", "as is", "as is", "as is"],
  ["ours", "alice", "by hand, chained", "as is", "+ opt", "as is", "as is"],
  ["ours", "alice", "AWS", "as is", "+ AWS", "as is", "as is"],
  ["ours", "alice", "SSSD", "as is", "+ SSSD", "as is", "as is"],
  ["ours", "alice", "Match all", "as is", "match", "as is", "as is"],

  ["ours, chained", "-", "nothing", "as is", "as is", "ours", "ours"],
  ["ours, chained", "-", "none", "as is", "as is", "as is", "ours"],
  ["ours, chained", "-", "by hand", "as is", "as is", "ours", "ours"],
  ["ours, chained", "-", "by hand, chained", "as is", "as is", "as is", "ours"],
  ["ours, chained", "-", "AWS", "as is", "as is", "ours", "ours"],
  ["ours, chained", "-", "SSSD", "as is", "as is", "as is", "ours"],
  ["ours, chained", "-", "Match all", "as is", "as is", "match", "match"],

  ["ours, chained", "alice", "nothing", "as is", "as is", "as is", "ours"],
  ["ours, chained", "alice", "none", "as is", "as is", "as is", "ours"],
  ["ours, chained", "alice", "by hand", "as is", "as is", "as is", "ours"],
  ["ours, chained", "alice", "by hand, chained", "as is", "as is", "as is", "ours"],
  ["ours, chained", "alice", "AWS", "as is", "as is", "as is", "ours"],
  ["ours, chained", "alice", "SSSD", "as is", "as is", "as is", "ours"],
  ["ours, chained", "alice", "Match all", "as is", "as is", "as is", "match"],

  ["ours, no user", "-", "nothing", "other-user", "as is", "other-user", "ours"],
  ["ours, no user", "-", "none", "as is", "as is", "as is", "ours"],
  ["ours, no user", "-", "by hand", "other-user", "as is", "other-user", "ours"],
  ["ours, no user", "-", "by hand, chained", "as is", "chain-as-root", "as is", "ours"],
  ["ours, no user", "-", "AWS", "as is", "chain-as-root", "ours", "ours"],
  ["ours, no user", "-", "SSSD", "as is", "chain-as-root", "as is", "ours"],
  ["ours, no user", "-", "Match all", "match", "match", "match", "match"],

  ["ours, no user", "alice", "nothing", "as is", "as is", "as is", "ours"],
  ["ours, no user", "alice", "none", "as is", "as is", "as is", "ours"],
  ["ours, no user", "alice", "by hand", "as is", "as is", "as is", "ours"],
  ["ours, no user", "alice", "by hand, chained", "as is", "chain-as-root", "as is", "ours"],
  ["ours, no user", "alice", "AWS", "as is", "chain-as-root", "as is", "ours"],
  ["ours, no user", "alice", "SSSD", "as is", "chain-as-root", "as is", "ours"],
  ["ours, no user", "alice", "Match all", "as is", "match", "as is", "match"],
];

describe.each(TABLE)(
  "in force: %s, by hand: %s, without our lines: %s",
  (...[present, forAlice, remaining, ...results]) => {
    test.each(FLAGS.map((flag, index) => ({ flag, result: results[index] ?? "as is" })))(
      "$flag: $result",
      ({ flag, result }) => {
        const found = given([present, forAlice, remaining]);
        expectResult(planEnable({ otherCommand: flag, editMain: false }, found), result, found, remaining);
      },
    );
  },
);

test("the table has a row for every state", () => {
  const states = ["other", ...Object.keys(IN_FORCE)].flatMap((present) =>
    ["-", "alice"].flatMap((forAlice) =>
      Object.keys(REMAINING).map((remaining) => `${present} ${forAlice} ${remaining}`),
    ),
  );
  expect(TABLE.map(([present, forAlice, remaining]) => `${present} ${forAlice} ${remaining}`)).toEqual(states);
});
