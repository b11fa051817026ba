/** The outcome of `sshd enable` and `sshd disable` as text. Changes are shown as a diff. Pure. */

import { agentOf, isTrial } from "../../sshd/inspect/command-owner.ts";
import { describeSource, type Setting } from "../../sshd/inspect/config-walk.ts";
import type { Change, Entry } from "../../sshd/inspect/file-changes.ts";
import type { Listening } from "../../sshd/inspect/unwired.ts";
import { isKeptOut } from "../../sshd/wiring/decide.ts";
import { unifiedDiff } from "../../sshd/wiring/diff.ts";
import type { NotRestored, Outcome } from "../../sshd/wiring/outcome.ts";
import type { ReloadResult } from "../../sshd/wiring/reload.ts";
import type { InForce } from "../../sshd/wiring/verify.ts";
import { quoted } from "../../verify/verdict.ts";
import { safe, type TextStyle } from "../text.ts";
import { sshdWords } from "./listening-text.ts";
import { describeRefusal } from "./refusals.ts";
import { printRows, type Row } from "./rows.ts";
import { lackingRows } from "./service-rows.ts";
import { sessionRows } from "./session-text.ts";
import { trialRows } from "./trial-rows.ts";

/**
 * Returns 0 if enabled, disabled, or if it would be. Returns 1 if not, or if a line not written by eic-agent names its
 * command, too.
 */
export const statusOf = (outcome: Outcome): 0 | 1 => {
  if (outcome.kind === "refused") return 1;
  if (outcome.kind === "enabled") return outcome.deaf.length > 0 || isLeftUndone(outcome.effect) ? 1 : 0;
  if (outcome.kind === "disabled") {
    const { leftovers, now, named, effect } = outcome;
    return leftovers.length > 0 || now?.ours || named.length > 0 || (effect && isLeftUndone(effect)) ? 1 : 0;
  }
  return 0;
};

/** Checks whether sshd did not read its files, unintentionally, and the administrator must act. */
const isLeftUndone = (effect: ReloadResult): boolean =>
  effect.kind === "to-do" && ["failed", "others", "would-end", "not-seen"].includes(effect.why);

export function asText(outcome: Outcome, style: TextStyle): string {
  switch (outcome.kind) {
    case "refused":
      return printRows([...refusedRows(outcome), ...leftRows(outcome.left)], style);
    case "would":
      return would(outcome, style);
    case "enabled":
      return printRows(enabledRows(outcome), style);
    case "disabled":
      return (outcome.edited.length > 0 ? diffs(outcome.changes, style) : "") + printRows(disabledRows(outcome), style);
    default:
      return outcome satisfies never;
  }
}

function refusedRows({ refusal }: Outcome & { kind: "refused" }): Row[] {
  const { message, next, lines = [] } = describeRefusal(refusal);
  return [
    { word: refusal.why === "ended" ? "ENDED" : "unchanged", message, colour: "red" },
    ...next.map((one): Row => ({ word: "next", message: one })),
    ...lines.map((message): Row => ({ word: "", message, whole: true })),
  ];
}

const leftRows = (left: NotRestored): Row[] =>
  left.map(({ path, code }) => ({
    word: "LEFT",
    message: `${path} could not be restored (${code}): check it now`,
    colour: "red",
  }));

function enabledRows({ changes, ours, answer, effect, behind, deaf, session }: Outcome & { kind: "enabled" }): Row[] {
  const users = answer.some.filter((one) => !isKeptOut(one)).map(({ user }) => user);
  const by = answer.allUsers.source === undefined ? "" : `, by ${describeSource(answer.allUsers.source)}`;
  const found: Row = {
    word: "checked",
    message: `sshd shows ${quoted(ours.command)} as ${ours.user} for ${["all users", users.join(" and ")].filter((one) => one !== "").join(", ")}${by}`,
  };
  const kept = answer.some.filter(isKeptOut).map(keptRow);
  // If a listening sshd reads other files, "when sshd starts: none runs" would be wrong.
  const starts = deaf.length > 0 && effect.kind === "at-start" ? [] : effectRows(effect);
  const last = [...sessionRows(session), ...lackingRows(behind, ours.command)];
  const after = [...kept, ...starts, ...trialRows(ours.command), ...deaf.map(deafRow), ...last];
  const what = isTrial(ours.command) ? "a trial" : "eic-agent's command";
  if (changes.length === 0) return [{ word: "unchanged", message: `${what} is in force already` }, found, ...after];
  return [...changes.map(changedRow), found, ...after];
}

/** A user excluded by an administrator's own line, which is kept. */
export const keptRow = ({ user, source }: InForce): Row => ({
  word: "not for",
  message: `${user ?? "all users"}: AuthorizedKeysCommand none${source === undefined ? "" : `, by ${describeSource(source)}`}`,
});

/** A listening sshd that does not ask eic-agent. */
const deafRow = (one: Listening): Row => ({ word: "not in", message: `${sshdWords(one)}`, colour: "red" });

function changedRow({ path, before, after }: Change): Row {
  if (after.kind === "absent") return { word: "removed", message: path };
  return { word: before.kind === "absent" ? "written" : "changed", message: path };
}

const BY: Readonly<Record<(ReloadResult & { kind: "now" })["by"], string>> = {
  reload: "now: sshd was reloaded, open connections stay",
  restart: "now: sshd was restarted, open connections stay",
  signal: "now: sshd was sent SIGHUP and reads its files again, open connections stay",
  already: "now: the running sshd has read its files since",
  "each-connection": "now: each connection reads the files again",
};

const WHY_NOT: Readonly<Record<(ReloadResult & { kind: "to-do" })["why"], string>> = {
  "not-wanted": "as requested",
  others: "sshd has not yet read what others have changed, and a reload would put that in force too",
  policy: "policy-rc.d forbids it",
  failed: "it failed",
  "would-end": "it would end and not start again; correct that first",
  unsure: "it is not certain which process it is, or it was started with options that only a restart changes",
  "ends-connections": "this unit's KillMode would end open connections with a restart: choose the moment",
  "not-seen": "it was asked to reload, and there is no sign that it has",
  unknown: "systemd does not report what runs",
};

function effectRows(effect: ReloadResult, word = "in force"): Row[] {
  if (effect.kind === "lost") return [];
  if (effect.kind === "now") return [{ word, message: BY[effect.by], colour: "green" }];
  if (effect.kind === "at-start") {
    const message =
      effect.socket === undefined ? "when sshd starts: none runs" : `from the next connection on (${effect.socket})`;
    return [{ word, message, colour: "green" }];
  }
  const said = effect.said === "" ? "" : ` (${effect.said})`;
  return [
    {
      word,
      message: `not in the running sshd, which was not reloaded: ${WHY_NOT[effect.why]}${said}. To reload it:`,
      colour: "yellow",
    },
    { word: "", message: effect.command, whole: true },
  ];
}

function disabledRows({
  changes,
  now,
  edited,
  leftovers,
  named,
  effect,
  unknown,
}: Outcome & { kind: "disabled" }): Row[] {
  const rows: Row[] = changes.map(changedRow);
  if (changes.length === 0)
    rows.push({
      word: "unchanged",
      message: `there is nothing that eic-agent wrote${named.length > 0 ? "; but:" : ""}`,
    });
  rows.push(...namedRows(named));
  for (const path of edited) rows.push({ word: "kept", message: `lines that eic-agent did not write, in ${path}` });
  for (const { path, why } of leftovers)
    rows.push({ word: "left", message: `${path}: ${why}; check it`, colour: "yellow" });
  if (now !== undefined) rows.push(nowRow(now));
  if (unknown !== undefined)
    rows.push({
      word: "no reload",
      message: `sshd was not reloaded: ${describeRefusal({ why: "not-asked", unknown }).message}`,
      colour: "yellow",
    });
  return effect === undefined ? rows : [...rows, ...effectRows(effect, "in effect")];
}

/** eic-agent's command in a line that the administrator wrote: reported, not changed. */
const namedRows = (named: readonly Setting[]): Row[] =>
  named.map((line) => ({
    word: "left",
    message: `${describeSource({ kind: "file", ...line })}: names eic-agent's command but was not written by eic-agent, and stays; it has no use once the program is removed: remove that line then`,
    colour: "yellow",
  }));

function nowRow({ command, commandUser, ours, source }: NonNullable<(Outcome & { kind: "disabled" })["now"]>): Row {
  if (command === undefined) return { word: "checked", message: "sshd has no command" };
  const by = source === undefined ? "" : `, by ${describeSource(source)}`;
  const whose = ours
    ? "still eic-agent's, by a line that eic-agent did not write"
    : `of ${agentOf(command)?.owner ?? "another program"}`;
  return { word: "checked", message: `sshd has ${quoted(command)} as ${commandUser ?? "no user"}, ${whose}${by}` };
}

function would(
  { changes, commands, tried, named = [], session }: Outcome & { kind: "would" },
  style: TextStyle,
): string {
  const rows: Row[] = commands.map((message) => ({ word: "would run", message, whole: true }));
  if (changes.length === 0 && rows.length === 0) rows.push({ word: "unchanged", message: "nothing would change" });
  rows.push(...namedRows(named), ...sessionRows(session));
  rows.push(
    tried
      ? {
          word: "tried",
          message: "sshd was tested with these files, and the result is as intended; nothing was changed",
        }
      : {
          word: "not tried",
          message:
            "sshd could not be tested with these files here (no mount namespace, or a new folder); nothing was changed",
          colour: "yellow",
        },
  );
  return diffs(changes, style) + printRows(rows, style);
}

const COLOURS = { "-": "red", "+": "green", "@": "dim" } as const;

function diffs(changes: readonly Change[], { paint }: TextStyle): string {
  const lines = changes.flatMap(({ path, before, after }) => [
    `--- ${before.kind === "absent" ? "/dev/null" : path}`,
    `+++ ${after.kind === "absent" ? "/dev/null" : path}`,
    ...notes(before, after),
    ...unifiedDiff(textOf(before), textOf(after)),
  ]);
  const painted = lines.map((line) => {
    const colour = COLOURS[line.charAt(0) as keyof typeof COLOURS];
    const shown = line
      .split("\n")
      .map((part) => safe(Buffer.from(part, "latin1").toString("utf8")))
      .join("\n");
    return `${colour === undefined ? shown : paint(colour, shown)}\n`;
  });
  return painted.length === 0 ? "" : `${painted.join("")}\n`;
}

const textOf = (entry: Entry): string => (entry.kind === "file" ? entry.text : "");

function notes(before: Entry, after: Entry): string[] {
  if (before.kind === "folder" || after.kind === "folder") return ["(a folder)"];
  return after.kind === "file" && before.kind === "absent"
    ? [`(new, mode ${after.mode.toString(8).padStart(4, "0")})`]
    : [];
}
