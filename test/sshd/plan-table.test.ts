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

const TRIAL = "/usr/libexec/eic-agent/trial %u %f";
const OUR_TRIAL = { command: `${TRIAL} -- ${SSSD}`, user: "sssd" };

const FLAGS: readonly EnableOptions["otherCommand"][] = ["leave", "chain", "replace-aws", "replace", "trial"];

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
  trial: { inForce: OUR_TRIAL, files: {} },
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
  "trial AWS": { command: `${TRIAL} -- ${AWS}`, user: "nobody" },
  "trial SSSD": OUR_TRIAL,
} as const;

type Refused = "foreign" | "not AWS's" | "for-some" | "match" | "other-user" | "chain-as-root" | "trial-alone";

/** `as is`: nothing changes. `ours`, `+ …`: these lines are written. Otherwise: the reason of the refusal. */
type Result = "as is" | "ours" | keyof typeof CHAINS | Refused;

/** The text of each refusal, with the command and its line. */
const TEXTS: Readonly<Record<string, RegExp>> = {
  "foreign none": /no command: AuthorizedKeysCommand none, by \/etc\/ssh\/sshd_config:3$/,
  "foreign AWS": /of AWS's ec2-instance-connect package, as nobody, by \/etc\/ssh\/sshd_config:3$/,
  "foreign SSSD": /of SSSD, as sssd, by \/etc\/ssh\/sshd_config:3$/,
  "not AWS's none": /no command: AuthorizedKeysCommand none, by \/etc\/ssh\/sshd_config:3$/,
  "not AWS's SSSD": /of SSSD, as sssd, by \/etc\/ssh\/sshd_config:3; --replace-aws replaces AWS's only$/,
  "not AWS's by hand, chained":
    /of eic-agent, as nobody, by \/etc\/ssh\/sshd_config:3; --replace-aws replaces AWS's only$/,
  "trial-alone": /^no other command is in force that could decide during a trial$/,
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
    case "trial AWS":
    case "trial SSSD":
      expect(plan).toMatchObject({ kind: "change", ours: CHAINS[expected], addMember: CHAINS[expected].user });
      return;
    default:
      expectRefusal(plan, expected, remaining);
  }
}

/** State: in force, for alice by hand, without our lines. Results: without a flag, --chain, --replace-aws, --replace, --trial. */
type TableRow = readonly [...Given, Result, Result, Result, Result, Result];

const TABLE: readonly TableRow[] = [
  ["other", "-", "nothing", "ours", "ours", "ours", "ours", "trial-alone"],
  ["other", "-", "none", "foreign", "foreign", "not AWS's", "ours", "trial-alone"],
  ["other", "-", "by hand", "as is", "as is", "as is", "as is", "trial-alone"],
  ["other", "-", "by hand, chained", "as is", "as is", "as is", "ours", "trial-alone"],
  ["other", "-", "AWS", "foreign", "+ AWS", "ours", "ours", "trial AWS"],
  ["other", "-", "SSSD", "foreign", "+ SSSD", "not AWS's", "ours", "trial SSSD"],
  ["other", "-", "Match all", "match", "match", "match", "match", "match"],

  ["other", "alice", "nothing", "for-some", "ours", "for-some", "ours", "for-some"],
  ["other", "alice", "none", "for-some", "foreign", "for-some", "ours", "for-some"],
  ["other", "alice", "by hand", "as is", "as is", "as is", "as is", "trial-alone"],
  ["other", "alice", "by hand, chained", "as is", "as is", "as is", "ours", "trial-alone"],
  ["other", "alice", "AWS", "for-some", "+ AWS", "for-some", "ours", "trial AWS"],
  ["other", "alice", "SSSD", "for-some", "+ SSSD", "for-some", "ours", "trial SSSD"],
  ["other", "alice", "Match all", "for-some", "match", "for-some", "match", "match"],

  ["ours", "-", "nothing", "as is", "as is", "as is", "as is", "trial-alone"],
  ["ours", "-", "none", "as is", "as is", "as is", "as is", "trial-alone"],
  ["ours", "-", "by hand", "as is", "as is", "as is", "as is", "trial-alone"],
  ["ours", "-", "by hand, chained", "as is", "+ opt", "as is", "as is", "trial-alone"],
  ["ours", "-", "AWS", "as is", "+ AWS", "as is", "as is", "trial AWS"],
  ["ours", "-", "SSSD", "as is", "+ SSSD", "as is", "as is", "trial SSSD"],
  ["ours", "-", "Match all", "as is", "match", "as is", "as is", "match"],

  ["ours", "alice", "nothing", "as is", "as is", "as is", "as is", "trial-alone"],
  ["ours", "alice", "none", "as is", "as is", "as is", "as is", "trial-alone"],
  ["ours", "alice", "by hand", "as is", "as is", "as is", "as is", "trial-alone"],
  ["ours", "alice", "by hand, chained", "as is", "+ opt", "as is", "as is", "trial-alone"],
  ["ours", "alice", "AWS", "as is", "+ AWS", "as is", "as is", "trial AWS"],
  ["ours", "alice", "SSSD", "as is", "+ SSSD", "as is", "as is", "trial SSSD"],
  ["ours", "alice", "Match all", "as is", "match", "as is", "as is", "match"],

  ["ours, chained", "-", "nothing", "as is", "as is", "ours", "ours", "trial-alone"],
  ["ours, chained", "-", "none", "as is", "as is", "as is", "ours", "trial-alone"],
  ["ours, chained", "-", "by hand", "as is", "as is", "ours", "ours", "trial-alone"],
  ["ours, chained", "-", "by hand, chained", "as is", "as is", "as is", "ours", "trial-alone"],
  ["ours, chained", "-", "AWS", "as is", "as is", "ours", "ours", "trial AWS"],
  ["ours, chained", "-", "SSSD", "as is", "as is", "as is", "ours", "trial SSSD"],
  ["ours, chained", "-", "Match all", "as is", "as is", "match", "match", "match"],

  ["ours, chained", "alice", "nothing", "as is", "as is", "as is", "ours", "trial-alone"],
  ["ours, chained", "alice", "none", "as is", "as is", "as is", "ours", "trial-alone"],
  ["ours, chained", "alice", "by hand", "as is", "as is", "as is", "ours", "trial-alone"],
  ["ours, chained", "alice", "by hand, chained", "as is", "as is", "as is", "ours", "trial-alone"],
  ["ours, chained", "alice", "AWS", "as is", "as is", "as is", "ours", "trial AWS"],
  ["ours, chained", "alice", "SSSD", "as is", "as is", "as is", "ours", "trial SSSD"],
  ["ours, chained", "alice", "Match all", "as is", "as is", "as is", "match", "match"],

  ["ours, no user", "-", "nothing", "other-user", "as is", "other-user", "ours", "trial-alone"],
  ["ours, no user", "-", "none", "as is", "as is", "as is", "ours", "trial-alone"],
  ["ours, no user", "-", "by hand", "other-user", "as is", "other-user", "ours", "trial-alone"],
  ["ours, no user", "-", "by hand, chained", "as is", "chain-as-root", "as is", "ours", "trial-alone"],
  ["ours, no user", "-", "AWS", "as is", "chain-as-root", "ours", "ours", "chain-as-root"],
  ["ours, no user", "-", "SSSD", "as is", "chain-as-root", "as is", "ours", "chain-as-root"],
  ["ours, no user", "-", "Match all", "match", "match", "match", "match", "match"],

  ["ours, no user", "alice", "nothing", "as is", "as is", "as is", "ours", "trial-alone"],
  ["ours, no user", "alice", "none", "as is", "as is", "as is", "ours", "trial-alone"],
  ["ours, no user", "alice", "by hand", "as is", "as is", "as is", "ours", "trial-alone"],
  ["ours, no user", "alice", "by hand, chained", "as is", "chain-as-root", "as is", "ours", "trial-alone"],
  ["ours, no user", "alice", "AWS", "as is", "chain-as-root", "as is", "ours", "chain-as-root"],
  ["ours, no user", "alice", "SSSD", "as is", "chain-as-root", "as is", "ours", "chain-as-root"],
  ["ours, no user", "alice", "Match all", "as is", "match", "as is", "match", "match"],

  ["trial", "-", "nothing", "as is", "ours", "ours", "ours", "as is"],
  ["trial", "-", "none", "as is", "foreign", "not AWS's", "ours", "as is"],
  ["trial", "-", "by hand", "as is", "ours", "ours", "ours", "as is"],
  ["trial", "-", "by hand, chained", "as is", "+ opt", "not AWS's", "ours", "as is"],
  ["trial", "-", "AWS", "as is", "+ AWS", "ours", "ours", "as is"],
  ["trial", "-", "SSSD", "as is", "+ SSSD", "not AWS's", "ours", "as is"],
  ["trial", "-", "Match all", "as is", "match", "match", "match", "as is"],

  ["trial", "alice", "nothing", "as is", "ours", "for-some", "ours", "as is"],
  ["trial", "alice", "none", "as is", "foreign", "for-some", "ours", "as is"],
  ["trial", "alice", "by hand", "as is", "ours", "for-some", "ours", "as is"],
  ["trial", "alice", "by hand, chained", "as is", "+ opt", "for-some", "ours", "as is"],
  ["trial", "alice", "AWS", "as is", "+ AWS", "for-some", "ours", "as is"],
  ["trial", "alice", "SSSD", "as is", "+ SSSD", "for-some", "ours", "as is"],
  ["trial", "alice", "Match all", "as is", "match", "for-some", "match", "as is"],
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
