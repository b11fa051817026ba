/**
 * `sshd enable --json` and `disable --json`: one object for every outcome, for programs such as Ansible modules, which need
 * to know whether anything was changed. docs/sshd.md documents the form. Pure.
 */
import type { Setting } from "../../sshd/inspect/config-walk.ts";
import type { Change } from "../../sshd/inspect/file-changes.ts";
import type { SessionReport } from "../../sshd/inspect/user-environment.ts";
import type { Outcome } from "../../sshd/wiring/outcome.ts";
import type { Refusal } from "../../sshd/wiring/refusal.ts";
import type { ReloadResult } from "../../sshd/wiring/reload.ts";
import { describeRefusal } from "./refusals.ts";
import { sessionJson } from "./session-text.ts";

/** Version of the JSON form. Fields may be added; none is renamed or removed. */
const FORMAT = 1;

export interface Named {
  readonly action: "enable" | "disable";
  readonly dryRun: boolean;
  readonly version: string;
  readonly now: () => Date;
}

/** Why the action failed: a refusal, or an error before anything was begun. */
export interface Failure {
  readonly why: string;
  readonly message: string;
  readonly next: readonly string[];
}

interface Body {
  readonly changed: boolean;
  readonly files: readonly Change[];
  readonly commands: readonly string[];
  readonly tested: boolean | null;
  readonly command: { readonly command: string; readonly user: string } | null;
  readonly refusal: Failure | null;
  readonly effect: ReloadResult | null;
  readonly notRestored: readonly { readonly path: string; readonly code: string }[];
  readonly remainingLines: readonly Setting[];
  readonly session: SessionReport | undefined;
}

const NOTHING: Body = {
  changed: false,
  files: [],
  commands: [],
  tested: null,
  command: null,
  refusal: null,
  effect: null,
  notRestored: [],
  remainingLines: [],
  session: undefined,
};

export function outcomeJson(outcome: Outcome, named: Named): string {
  switch (outcome.kind) {
    case "refused": {
      // A file that could not be restored counts as a change.
      const { refusal, left } = outcome;
      return print({ ...NOTHING, changed: left.length > 0, refusal: failureOf(refusal), notRestored: left }, named);
    }
    case "would": {
      const { changes, commands, tried, named: remainingLines = [], session } = outcome;
      const body = { changed: changes.length > 0, files: changes, commands, tested: tried, remainingLines, session };
      return print({ ...NOTHING, ...body }, named);
    }
    case "enabled": {
      const { changes, effect, ours, session } = outcome;
      const command = { command: ours.command, user: ours.user };
      return print({ ...NOTHING, changed: isChange(changes, effect), files: changes, effect, command, session }, named);
    }
    case "disabled": {
      const { changes, effect = null, named: lines, now } = outcome;
      const command = now?.command === undefined ? null : { command: now.command, user: now.commandUser ?? "" };
      return print(
        { ...NOTHING, changed: isChange(changes, effect), files: changes, effect, command, remainingLines: lines },
        named,
      );
    }
    default:
      return outcome satisfies never;
  }
}

export const failureJson = (failure: Failure, named: Named): string => print({ ...NOTHING, refusal: failure }, named);

/** Checks whether files changed, or a running sshd had to read files that had been changed before. */
const isChange = (changes: readonly Change[], effect: ReloadResult | null): boolean =>
  changes.length > 0 || (effect?.kind === "now" && ["reload", "restart", "signal"].includes(effect.by));

function failureOf(refusal: Refusal): Failure {
  const { message, next, lines = [] } = describeRefusal(refusal);
  return { why: refusal.why, message, next: [...next, ...lines] };
}

function print(body: Body, { action, dryRun, version, now }: Named): string {
  const { effect, files, remainingLines, session } = body;
  const object = {
    format: FORMAT,
    version,
    at: now().toISOString(),
    action,
    dryRun,
    ...body,
    files: files.map(({ path, before, after }) => ({
      path,
      change: after.kind === "absent" ? "removed" : before.kind === "absent" ? "written" : "changed",
    })),
    effect: effect === null ? null : effectJson(effect),
    remainingLines: remainingLines.map(({ file, line, match }) => ({ file, line, match })),
    session: sessionJson(session),
  };
  return `${JSON.stringify(object, undefined, 2)}\n`;
}

const effectJson = (effect: ReloadResult) => ({
  kind: effect.kind,
  by: effect.kind === "now" ? effect.by : null,
  why: effect.kind === "to-do" ? effect.why : null,
  next: effect.kind === "to-do" ? effect.command : null,
});
