/**
 * The decisions of `enable`, as tables: the state that it finds × the option for another command. Each combination has a cell.
 * situation.ts finds the row, and plan.ts carries out the cell. Pure.
 */

/** The option for another command that is in force: `leave` without a flag, or the name of the flag. */
export type Asked = "leave" | "chain" | "trial" | "replace-aws" | "replace";

/** The command that sshd reports as in force for all users. */
export type InForce =
  | "not-ours"
  | "ours"
  | "ours-chained"
  /** A trial: another command decides. */
  | "trial"
  /** With `AuthorizedKeysCommandUser none`: sshd would not run it. */
  | "ours-without-user";

/** The command that would be in force for all users if the lines that this program wrote were removed. */
export type Remaining =
  | "nothing"
  /** An explicit `AuthorizedKeysCommand none`. */
  | "none"
  /** Our command without a chained one, in lines that an administrator wrote: it must never be chained to itself. */
  | "ours"
  | "aws"
  | "another"
  /** A command or `none` in a block that holds for all users, such as `Match all`: it overrides every line outside. */
  | "match";

/** The users for whom lines by hand name our command in a Match block. */
export type ByHand = "no-users" | "some-users";

export type Decision =
  /** Nothing is changed: our command is in force already. */
  | "keep"
  /** Our command is written, alone or with the other command behind it. */
  | "write"
  | "chain"
  /** The other command is written, with a trial of ours. */
  | "trial"
  /** Refused, with this reason. `not-aws`: `foreign`, since only AWS's command was to be replaced. `trial-alone`:
   * a trial needs another command. */
  | "for-some"
  | "match"
  | "foreign"
  | "not-aws"
  | "trial-alone";

type Row<Cell> = Readonly<Record<Asked, Cell>>;

/** Whether sshd has exactly what is asked for. Then it does not matter what our files on the disk look like. */
const AS_ASKED: Readonly<Record<InForce, Row<boolean>>> = {
  "not-ours": { leave: false, chain: false, trial: false, "replace-aws": false, replace: false },
  ours: { leave: true, chain: false, trial: false, "replace-aws": true, replace: true },
  "ours-chained": { leave: true, chain: true, trial: false, "replace-aws": false, replace: false },
  "ours-without-user": { leave: false, chain: false, trial: false, "replace-aws": false, replace: false },
  // An upgrade, which asks for nothing more than before, does not end a trial.
  trial: { leave: true, chain: false, trial: true, "replace-aws": false, replace: false },
};

type Decisions = Readonly<Record<ByHand, Readonly<Record<Remaining, Row<Decision>>>>>;

const NOT_OURS: Decisions = {
  "no-users": {
    nothing: { leave: "write", chain: "write", trial: "trial-alone", "replace-aws": "write", replace: "write" },
    none: { leave: "foreign", chain: "foreign", trial: "trial-alone", "replace-aws": "not-aws", replace: "write" },
    ours: { leave: "write", chain: "write", trial: "trial-alone", "replace-aws": "write", replace: "write" },
    aws: { leave: "foreign", chain: "chain", trial: "trial", "replace-aws": "write", replace: "write" },
    another: { leave: "foreign", chain: "chain", trial: "trial", "replace-aws": "not-aws", replace: "write" },
    match: { leave: "match", chain: "match", trial: "match", "replace-aws": "match", replace: "match" },
  },
  // An administrator has decided who uses our command: only --chain, --trial and --replace go beyond that.
  "some-users": {
    nothing: { leave: "for-some", chain: "write", trial: "for-some", "replace-aws": "for-some", replace: "write" },
    none: { leave: "for-some", chain: "foreign", trial: "for-some", "replace-aws": "for-some", replace: "write" },
    ours: { leave: "for-some", chain: "write", trial: "for-some", "replace-aws": "for-some", replace: "write" },
    aws: { leave: "for-some", chain: "chain", trial: "trial", "replace-aws": "for-some", replace: "write" },
    another: { leave: "for-some", chain: "chain", trial: "trial", "replace-aws": "for-some", replace: "write" },
    match: { leave: "for-some", chain: "match", trial: "match", "replace-aws": "for-some", replace: "match" },
  },
};

/** As above, but our command is in force: it stays if it could not be written anew, and if there is nothing to chain. */
const OURS: Decisions = {
  "no-users": {
    nothing: { leave: "write", chain: "keep", trial: "trial-alone", "replace-aws": "write", replace: "write" },
    none: { leave: "keep", chain: "keep", trial: "trial-alone", "replace-aws": "keep", replace: "write" },
    ours: { leave: "write", chain: "keep", trial: "trial-alone", "replace-aws": "write", replace: "write" },
    aws: { leave: "keep", chain: "chain", trial: "trial", "replace-aws": "write", replace: "write" },
    another: { leave: "keep", chain: "chain", trial: "trial", "replace-aws": "keep", replace: "write" },
    match: { leave: "match", chain: "match", trial: "match", "replace-aws": "match", replace: "match" },
  },
  "some-users": {
    nothing: { leave: "keep", chain: "keep", trial: "trial-alone", "replace-aws": "keep", replace: "write" },
    none: { leave: "keep", chain: "keep", trial: "trial-alone", "replace-aws": "keep", replace: "write" },
    ours: { leave: "keep", chain: "keep", trial: "trial-alone", "replace-aws": "keep", replace: "write" },
    aws: { leave: "keep", chain: "chain", trial: "trial", "replace-aws": "keep", replace: "write" },
    another: { leave: "keep", chain: "chain", trial: "trial", "replace-aws": "keep", replace: "write" },
    match: { leave: "keep", chain: "match", trial: "match", "replace-aws": "keep", replace: "match" },
  },
};

const DECISIONS: Readonly<Record<InForce, Decisions>> = {
  "not-ours": NOT_OURS,
  ours: OURS,
  "ours-chained": OURS,
  "ours-without-user": OURS,
  trial: NOT_OURS,
};

export const isAsAsked = (inForce: InForce, asked: Asked): boolean => AS_ASKED[inForce][asked];

/** Returns the decision if isAsAsked() is false, and our files on the disk can be removed and written anew. */
export const decisionFor = (inForce: InForce, byHand: ByHand, remaining: Remaining, asked: Asked): Decision =>
  DECISIONS[inForce][byHand][remaining][asked];
