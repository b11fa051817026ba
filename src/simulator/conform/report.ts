/** The results as text for a terminal, and as JSON. Pure. */
import { isAbsolute } from "node:path";
import type { Failure } from "./assess.ts";
import type { Result } from "./lane.ts";
import type { Level, Requirement } from "./requirement.ts";
import { casesOf } from "./table.ts";

export type Outcome = "passed" | "failed" | "not asked";

export interface Judged {
  readonly requirement: Requirement;
  readonly outcome: Outcome;
  readonly cases: readonly { readonly served: string; readonly result: Result | undefined }[];
}

/** @param results cases without a result were not asked: the command line has no place for a fingerprint */
export function judged(requirements: readonly Requirement[], results: ReadonlyMap<string, Result>): Judged[] {
  return requirements.map((requirement) => {
    const cases = casesOf([requirement]).map(({ name, one }) => ({ served: one.served, result: results.get(name) }));
    const isAsked = cases.some(({ result }) => result !== undefined);
    const failed = cases.some(({ result }) => result !== undefined && result.failures.length > 0);
    return { requirement, cases, outcome: failed ? "failed" : isAsked ? "passed" : "not asked" };
  });
}

/** Returns whether the command conforms. */
export const conforms = (all: readonly Judged[], isStrict: boolean): boolean =>
  !all.some(({ requirement, outcome }) => outcome === "failed" && (isStrict || requirement.level === "MUST"));

export interface RequirementReport {
  readonly id: string;
  readonly level: Level;
  readonly outcome: Outcome;
  readonly text: string;
  readonly source: string;
  readonly cases: readonly object[];
}

/** Returns the object that --json prints. */
export function asJson(
  all: readonly Judged[],
  isStrict: boolean,
): { conforms: boolean; requirements: RequirementReport[] } {
  const requirements = all.map(({ requirement: { id, level, text, source }, outcome, cases }): RequirementReport => {
    const shown = cases.map(({ served, result }) => {
      if (result === undefined) return { served, outcome: "not asked" };
      const { name, failures, milliseconds, requests } = result;
      const passed = failures.length === 0;
      const wrong = passed ? {} : { failures, requests };
      return { name, served, outcome: passed ? "passed" : "failed", milliseconds, ...wrong };
    });
    return { id, level, outcome, text, source, cases: shown };
  });
  return { conforms: conforms(all, isStrict), requirements };
}

export interface Painter {
  line(text: string): void;
  paint(colour: "green" | "red" | "yellow" | "bold", text: string): string;
}

export function showTable(all: readonly Judged[], { line, paint }: Painter, keep?: string): void {
  for (const { requirement, outcome, cases } of all) {
    const colour = outcome === "passed" ? "green" : requirement.level === "MUST" ? "red" : "yellow";
    const shown = paint(colour, outcome.toUpperCase().padEnd(9));
    line(`${requirement.id.padEnd(9)} ${requirement.level.padEnd(6)} ${shown} ${requirement.text}`);
    for (const { served, result } of cases) {
      if (result === undefined || result.failures.length === 0) continue;
      line(`  ${paint("bold", result.name)}  if ${served}`);
      for (const text of explanation(result, keep)) line(`    ${text}`);
    }
  }
}

/** Lines and characters that are shown of a text. */
const LINES = 4;
const WIDTH = 110;

function explanation(result: Result, keep: string | undefined): string[] {
  const { failures, requests, evidence } = result;
  const keys = Buffer.from(evidence?.keys ?? "", "base64").toString("latin1");
  return [
    ...section(
      "served",
      keep === undefined ? keys || "no document" : `${isAbsolute(keep) ? "" : "./"}${keep}/${result.name}`,
    ),
    ...section("requests", requests.join("\n") || "none"),
    ...failures.flatMap(failureLines),
  ];
}

function failureLines({ answer, right }: Failure): string[] {
  if (answer === undefined) return section("right", right);
  const { user, fingerprint, stdout, stderr, status, milliseconds, killed } = answer;
  const end = killed ? "killed" : `status ${status}`;
  return [
    ...section("asked", `${user} ${fingerprint}`),
    ...section("printed", `${stdout === "" ? "nothing" : stdout.trimEnd()}\n(${end}, ${milliseconds} ms)`),
    ...(stderr.trim() === "" ? [] : section("stderr", stderr.trim())),
    ...section("right", right),
  ];
}

function section(name: string, text: string): string[] {
  const lines = text.split("\n");
  const more = lines.length > LINES ? [...lines.slice(0, LINES), `… ${lines.length - LINES} more lines`] : lines;
  return more.map((one, i) => `${(i === 0 ? name : "").padEnd(9)}${printable(one)}`);
}

/** The command's output must not move a cursor. */
function printable(text: string): string {
  const plain = text.replace(/[\x00-\x1f\x7f-\x9f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`);
  return plain.length > WIDTH ? `${plain.slice(0, WIDTH - 1)}…` : plain;
}

/** Returns the last line: "30 of 31 MUST, 17 of 18 SHOULD; 140 cases". */
export function summary(all: readonly Judged[]): string {
  const asked = all.filter(({ outcome }) => outcome !== "not asked");
  const counts = (["MUST", "SHOULD"] as const).flatMap((level) => {
    const these = asked.filter(({ requirement }) => requirement.level === level);
    if (these.length === 0) return [];
    return [`${these.filter(({ outcome }) => outcome === "passed").length} of ${these.length} ${level}`];
  });
  const cases = asked.flatMap(({ cases }) => cases.filter(({ result }) => result !== undefined)).length;
  const notAsked = all.length - asked.length;
  const rest = notAsked === 0 ? "" : `; ${notAsked} not asked, since the command line has no {fingerprint}`;
  return `${counts.join(", ") || "no requirement"}; ${cases} cases${rest}`;
}
