/** The merged results of many hosts as text, and as JSON in the form that docs/doctor.md documents. Pure. */
import { CHECKS } from "../../doctor/finding.ts";
import type { CheckGroup, HostsReport, ReportedOutcome, UnreadableFile } from "../../doctor/merge/merge.ts";
import { escapeNonAscii } from "../../verify/escape.ts";
import { type Colour, fold, safe, type TextStyle } from "../text.ts";

export interface HostsForm extends TextStyle {
  /** Whether all hosts are named, and no line is folded. */
  readonly wide: boolean;
}

const COLOURS: Readonly<Record<ReportedOutcome, Colour>> = { failed: "red", warning: "yellow", "not-checked": "dim" };
const WORDS: Readonly<Record<ReportedOutcome, string>> = {
  failed: "FAILED",
  warning: "WARNING",
  "not-checked": "NOT CHECKED",
};

/** Names below a line without --wide. */
const NAMES_SHOWN = 5;
const INDENT = 4;

export function hostsText(report: HostsReport, { width: columns, paint, wide }: HostsForm): string {
  const width = wide ? Number.POSITIVE_INFINITY : columns;
  const rows = report.checks.map((group) => [
    `${thousands(group.hosts.length)} of ${hostsIn(report.hosts)}`,
    titleOf(group.check),
    WORDS[group.outcome],
  ]);
  const padding = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  const lines = report.checks.flatMap((group, i) => {
    const head = rows[i]?.map((cell, column) => cell.padEnd(padding[column] ?? 0)).join("  ");
    return [
      ...fold(`${head}  ${messageOf(group)}`, width, INDENT, "").map((line) => paint(COLOURS[group.outcome], line)),
      ...(group.hint === undefined ? [] : fold(safe(group.hint), width, INDENT + 3, `${" ".repeat(INDENT)}=> `)),
      ...fold(namesOf(group.hosts, wide), width, INDENT),
    ];
  });
  const unread = byReason(report.unreadable).flatMap(([reason, files]) => [
    ...fold(`${filesIn(files.length)} not read: ${safe(reason)}`, width, INDENT, "").map((line) => paint("red", line)),
    ...fold(namesOf(files, wide), width, INDENT),
  ]);
  const all = [...lines, ...unread];
  return [...all, ...(all.length === 0 ? [] : [""]), ...fold(summary(report), width)]
    .map((line) => `${line.trimEnd()}\n`)
    .join("");
}

/** `996 of 1,000 hosts ok, 3 failed; 1 file could not be read`. The numbers add up to all hosts. */
function summary({ hosts, states, unreadable }: HostsReport): string {
  const warned = states.warning === 0 ? "" : `, ${thousands(states.warning)} with warnings only`;
  const failed = states.failed === 0 ? "" : `, ${thousands(states.failed)} failed`;
  const unread = unreadable.length === 0 ? "" : `; ${filesIn(unreadable.length)} could not be read`;
  return `${thousands(states.ok)} of ${hostsIn(hosts)} ok${warned}${failed}${unread}`;
}

/** Returns the message, with the number of hosts that it is about if others have a message of another form. */
function messageOf({ message, alike, hosts }: CheckGroup): string {
  const others = alike === hosts.length ? "" : ` (so on ${thousands(alike)} of these ${thousands(hosts.length)})`;
  return `${safe(message)}${others}`;
}

function namesOf(names: readonly string[], all: boolean): string {
  const shown = (all ? names : names.slice(0, NAMES_SHOWN)).map(safe).join(", ");
  const more = all ? 0 : names.length - NAMES_SHOWN;
  return more > 0 ? `${shown} and ${thousands(more)} more` : shown;
}

function byReason(unreadable: readonly UnreadableFile[]): [string, string[]][] {
  const groups = new Map<string, string[]>();
  for (const { file, reason } of unreadable) {
    const files = groups.get(reason);
    if (files === undefined) groups.set(reason, [file]);
    else files.push(file);
  }
  return [...groups].toSorted(([, a], [, b]) => b.length - a.length);
}

const titleOf = (check: string): string =>
  Object.hasOwn(CHECKS, check) ? CHECKS[check as keyof typeof CHECKS] : check;
const thousands = (count: number): string => String(count).replace(/\B(?=(?:\d{3})+$)/g, ",");
const hostsIn = (count: number): string => `${thousands(count)} ${count === 1 ? "host" : "hosts"}`;
const filesIn = (count: number): string => `${thousands(count)} ${count === 1 ? "file" : "files"}`;

/** Version of the JSON form. Fields may be added; none is renamed or removed. */
const FORMAT = 1;

export function hostsJson(
  { hosts, states, unreadable, checks }: HostsReport,
  head: { version: string; at: Date },
): string {
  const { ok, warning, failed } = states;
  const report = {
    ...{ format: FORMAT, version: head.version, at: head.at.toISOString() },
    ...{ hosts, ok, warning, failed, unreadable },
    checks: checks.map(({ check, outcome, hosts: on, message, hint, alike }) => ({
      ...{ check, outcome, hosts: on, message, alike, hint },
    })),
  };
  // All texts come from other hosts. In JSON, too, `\u` and four digits mean the character.
  const lines = JSON.stringify(report, undefined, 2).split("\n").map(escapeNonAscii);
  return `${lines.join("\n")}\n`;
}
