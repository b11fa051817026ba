/**
 * The files that `enable` writes: place of the other line × flag, with and without --edit-main. The expectations are written
 * by hand, as in docs/sshd.md.
 */
import { describe, expect, test } from "vitest";
import { type EnableOptions, planEnable } from "../../src/sshd/wiring/plan.ts";
import { type Entries, NO_COMMAND, planInput } from "./plan-input.ts";
import { DROP_IN, FOLDER, INCLUDE, lines, MAIN } from "./sshd-files.ts";

const AWS = "/usr/share/ec2-instance-connect/eic_run_authorized_keys %u %f";
const [AWS_LINES, AWS_IN_FORCE] = [lines(AWS), { command: AWS, user: "nobody" }];
const USER_LINE = "AuthorizedKeysCommandUser nobody\n";
const DROP_IN_ALONE = [DROP_IN];
const DIRECTORY = [FOLDER, DROP_IN];
const EARLY = [DROP_IN, `${FOLDER}/00-eic-agent.conf`];
const EARLIER = [DROP_IN, `${FOLDER}/+eic-agent.conf`];
const BLOCK = [DROP_IN, `${MAIN}.eic-agent-backup`, MAIN];
const BLOCK_ALONE = [`${MAIN}.eic-agent-backup`, MAIN];

/** The paths that are written, or the reason of the refusal. */
type Result = readonly string[] | string;

/** The place of the other line, and the results: without a flag, --chain, --replace-aws, --replace; and with --edit-main. */
const TABLE: readonly {
  readonly where: string;
  readonly files: Entries;
  readonly inForce?: typeof AWS_IN_FORCE;
  readonly results: readonly [Result, Result, Result, Result];
  readonly withEditMain: readonly [Result, Result, Result, Result];
}[] = [
  {
    where: "no other line",
    files: { [MAIN]: INCLUDE, [`${FOLDER}/10-x.conf`]: "UsePAM no\n" },
    results: [DROP_IN_ALONE, DROP_IN_ALONE, DROP_IN_ALONE, DROP_IN_ALONE],
    withEditMain: [DROP_IN_ALONE, DROP_IN_ALONE, DROP_IN_ALONE, DROP_IN_ALONE],
  },
  {
    where: "no other line, and no directory for drop-ins",
    files: { [MAIN]: INCLUDE },
    results: [DIRECTORY, DIRECTORY, DIRECTORY, DIRECTORY],
    withEditMain: [DIRECTORY, DIRECTORY, DIRECTORY, DIRECTORY],
  },
  {
    where: "a command below the Include",
    files: { [MAIN]: INCLUDE + AWS_LINES, [`${FOLDER}/10-x.conf`]: "UsePAM no\n" },
    inForce: AWS_IN_FORCE,
    results: ["foreign", DROP_IN_ALONE, DROP_IN_ALONE, DROP_IN_ALONE],
    withEditMain: ["foreign", DROP_IN_ALONE, DROP_IN_ALONE, DROP_IN_ALONE],
  },
  {
    where: "a command in an earlier drop-in",
    files: { [MAIN]: INCLUDE, [`${FOLDER}/10-x.conf`]: AWS_LINES },
    inForce: AWS_IN_FORCE,
    results: ["foreign", EARLY, EARLY, EARLY],
    withEditMain: ["foreign", EARLY, EARLY, EARLY],
  },
  {
    where: "a command in a drop-in that sorts before nearly all",
    files: { [MAIN]: INCLUDE, [`${FOLDER}/00-a.conf`]: AWS_LINES },
    inForce: AWS_IN_FORCE,
    results: ["foreign", EARLIER, EARLIER, EARLIER],
    withEditMain: ["foreign", EARLIER, EARLIER, EARLIER],
  },
  {
    where: "a command above the Include",
    files: { [MAIN]: AWS_LINES + INCLUDE, [`${FOLDER}/10-x.conf`]: "UsePAM no\n" },
    inForce: AWS_IN_FORCE,
    results: ["foreign", BLOCK, "no-include", BLOCK],
    withEditMain: ["foreign", BLOCK, BLOCK, BLOCK],
  },
  {
    where: "a command in a main file without an Include, and no directory for drop-ins",
    files: { [MAIN]: AWS_LINES },
    inForce: AWS_IN_FORCE,
    results: ["foreign", BLOCK_ALONE, "no-include", BLOCK_ALONE],
    withEditMain: ["foreign", BLOCK_ALONE, BLOCK_ALONE, BLOCK_ALONE],
  },
  {
    where: "no other line, in a main file without an Include",
    files: { [MAIN]: "UsePAM no\n", [`${FOLDER}/10-x.conf`]: "UsePAM no\n" },
    results: ["no-include", "no-include", "no-include", "no-include"],
    withEditMain: [BLOCK, BLOCK, BLOCK, BLOCK],
  },
  {
    where: "a user without a command in an earlier drop-in",
    files: { [MAIN]: INCLUDE, [`${FOLDER}/10-x.conf`]: USER_LINE },
    results: ["other-user", "other-user", "other-user", EARLY],
    withEditMain: ["other-user", "other-user", "other-user", EARLY],
  },
  {
    where: "a user without a command above the Include",
    files: { [MAIN]: USER_LINE + INCLUDE, [`${FOLDER}/10-x.conf`]: "UsePAM no\n" },
    results: ["other-user", "other-user", "other-user", "no-include"],
    withEditMain: ["other-user", "other-user", "other-user", BLOCK],
  },
];

const FLAGS: readonly EnableOptions["otherCommand"][] = ["leave", "chain", "replace-aws", "replace"];

describe.each(TABLE)("$where", ({ files, inForce = NO_COMMAND, results, withEditMain }) => {
  const cases = [false, true].flatMap((editMain) =>
    FLAGS.map((flag, index) => ({ flag, editMain, result: (editMain ? withEditMain : results)[index] })),
  );
  test.each(cases)("$flag, editMain: $editMain", ({ flag, editMain, result }) => {
    const plan = planEnable({ otherCommand: flag, editMain }, planInput(files, inForce));
    if (typeof result === "string") expect(plan).toMatchObject({ kind: "refused", refusal: { why: result } });
    else expect(plan.kind === "change" && plan.changes.map(({ path }) => path)).toEqual(result);
  });
});
