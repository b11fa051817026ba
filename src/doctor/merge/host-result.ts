/** The result of one host: the object that `doctor --json` prints, checked field by field, because any program may have written it. Pure. */
import { present } from "../../present.ts";
import { quoted } from "../../verify/verdict.ts";
import { FINDINGS_FORMAT, type Status } from "../finding.ts";

export interface HostCheck {
  /** A name of CHECKS, or one that only another version of this program has. */
  readonly check: string;
  readonly status: Status;
  readonly message: string;
  readonly hint?: string;
  readonly needsRoot: boolean;
}

export type Overall = Exclude<Status, "not-applicable">;

export interface HostResult {
  readonly status: Overall;
  readonly checks: readonly HostCheck[];
}

/** The result of a host, or why there is none. */
export type HostReading =
  | { readonly kind: "result"; readonly result: HostResult }
  | { readonly kind: "unreadable"; readonly reason: string };

export const unreadable = (reason: string): HostReading => ({ kind: "unreadable", reason });

/** More than four times as many as there are; bounds the groups that one file can add. */
const MAX_CHECKS = 200;
/** Characters of a message or hint that are kept. Thousands of files are merged, and a message is for people. */
const MAX_TEXT = 1000;

const STATUSES: readonly unknown[] = ["ok", "warning", "failed", "not-applicable"] satisfies Status[];
const isStatus = (value: unknown): value is Status => STATUSES.includes(value);

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Checks whether an object claims to be a result of `doctor --json`, of any format. */
export const isDoctorResult = (value: object): value is Fields => "format" in value && "checks" in value;

/** Returns the result, if every field of it that is used has its documented form. */
export function hostResultOf({ format, status, checks }: Fields): HostReading {
  if (format !== FINDINGS_FORMAT) {
    return unreadable(`its format is ${shortOf(format)}; this version reads format ${FINDINGS_FORMAT}`);
  }
  if (!Array.isArray(checks)) return unreadable("checks is not a list");
  if (checks.length > MAX_CHECKS) return unreadable(`${checks.length} checks; at most ${MAX_CHECKS} are read`);
  const read = checks.map(hostCheckOf);
  const flaw = read.indexOf(undefined);
  if (flaw !== -1) return unreadable(`checks[${flaw}] does not have the form of a check`);
  const known = read.filter((check) => check !== undefined);
  const names = new Set(known.map(({ check }) => check));
  if (names.size < known.length) return unreadable("a check is listed twice");
  const overall = overallOf(known);
  // A result of which a part was removed or changed would otherwise count as ok.
  if (status !== overall) return unreadable(`its status is ${shortOf(status)}, but that of its checks is ${overall}`);
  return { kind: "result", result: { status: overall, checks: known } };
}

function hostCheckOf(value: unknown): HostCheck | undefined {
  if (!isFields(value)) return undefined;
  const { check, status, message, hint, needsRoot } = value;
  if (typeof check !== "string" || !/^[a-z0-9-]{1,40}$/.test(check)) return undefined;
  if (!isStatus(status) || typeof message !== "string") return undefined;
  if (hint !== undefined && typeof hint !== "string") return undefined;
  return present({ check, status, message: cut(message), hint: hint && cut(hint), needsRoot: needsRoot === true });
}

const cut = (text: string): string => (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}...` : text);

function overallOf(checks: readonly HostCheck[]): Overall {
  const has = (wanted: Status) => checks.some(({ status }) => status === wanted);
  if (has("failed")) return "failed";
  return has("warning") ? "warning" : "ok";
}

const shortOf = (value: unknown): string =>
  typeof value === "string" ? quoted(value) : typeof value === "number" ? String(value) : "missing or invalid";
