/**
 * The findings as text, one line for each check and a hint below it; and as JSON, in the form that docs/doctor.md documents.
 * Pure.
 */

import { CHECKS, FINDINGS_FORMAT, type Finding, type Status } from "../../doctor/finding.ts";
import { type Colour, fold, type Paint, plural, safe, type TextStyle } from "../text.ts";

const COLOURS: Readonly<Record<Status, Colour>> = {
  ok: "green",
  warning: "yellow",
  failed: "red",
  "not-applicable": "dim",
};

/** The word at the beginning of a line. */
const WORDS: Readonly<Record<Status, string>> = {
  ok: "ok",
  warning: "warning",
  failed: "failed",
  "not-applicable": "n/a",
};

const STATUS_WIDTH = Math.max(...Object.values(WORDS).map((word) => word.length)) + 2;
const TITLE_WIDTH = Math.max(...Object.values(CHECKS).map((title) => title.length)) + 2;

export interface Form extends TextStyle {
  /** Whether only the problems are printed. */
  readonly problems: boolean;
}

/**
 * Formats all checks in order, then the problems again, failures last, so that they are visible on a terminal of 24 lines.
 */
export function asText(findings: readonly Finding[], { width, paint, problems: only }: Form): string {
  const told = (some: readonly Finding[]) => some.flatMap((finding) => linesOf(finding, width, paint));
  const problems = told([...having(findings, "warning"), ...having(findings, "failed")]);
  const all = only ? [] : [...told(findings), ""];
  const again = problems.length === 0 ? [] : [...(only ? [] : ["Problems:"]), ...problems, ""];
  return [...all, ...again, ...summary(findings, width)].map((line) => `${line.trimEnd()}\n`).join("");
}

const having = (findings: readonly Finding[], wanted: Status) => findings.filter(({ status }) => status === wanted);

function linesOf({ check, status, message, hint }: Finding, width: number, paint: Paint): string[] {
  const indent = STATUS_WIDTH + TITLE_WIDTH;
  const [first = "", ...more] = fold(
    safe(message),
    width,
    indent,
    "".padEnd(STATUS_WIDTH) + CHECKS[check].padEnd(TITLE_WIDTH),
  );
  const word = paint(COLOURS[status], WORDS[status].padEnd(STATUS_WIDTH));
  const told = hint === undefined ? [] : fold(safe(hint), width, indent, `${"".padEnd(indent - 3)}=> `);
  return [word + first.slice(STATUS_WIDTH), ...more, ...told];
}

function summary(findings: readonly Finding[], width: number): string[] {
  const count = (status: Status) => having(findings, status).length;
  const counts = `${plural(findings.length, "check")}: ${count("ok")} ok, ${plural(count("warning"), "warning")}, ${count("failed")} failed, ${count("not-applicable")} not applicable`;
  const skipped = findings.filter(({ needsRoot }) => needsRoot).map(({ check }) => check);
  const root = `skipped, because root is required: ${skipped.join(", ")}`;
  return [...fold(counts, width), ...(skipped.length === 0 ? [] : fold(root, width))];
}

export function asJson(
  findings: readonly Finding[],
  { version, at, user, problems }: { version: string; at: Date; user: string | undefined; problems: boolean },
): string {
  const head = { format: FINDINGS_FORMAT, version, at: at.toISOString(), user: user ?? null, status: worst(findings) };
  const checks = problems ? findings.filter(({ status }) => status === "warning" || status === "failed") : findings;
  return `${JSON.stringify({ ...head, checks }, undefined, 2)}\n`;
}

/** Returns the worst status, on which the exit status depends, too. */
export function worst(findings: readonly Finding[]): Exclude<Status, "not-applicable"> {
  const has = (status: Status) => findings.some((finding) => finding.status === status);
  if (has("failed")) return "failed";
  return has("warning") ? "warning" : "ok";
}
