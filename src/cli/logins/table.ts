/** Logins as a table: two lines each that fit a terminal, or one long line each. All text of a log is escaped. Pure. */
import type { Login, State, Uncertainty } from "../../logins/login.ts";
import type { ReadResult } from "../../logins/read/read-logins.ts";
import { type Colour, duration, fold, moment, plural, safe, type TextStyle } from "../text.ts";
import { lastPart } from "./arguments.ts";

type Read = Extract<ReadResult, { kind: "read" }>;

export interface TableOptions extends TextStyle {
  readonly wide: boolean;
  readonly since: Date;
  /** Whether logins by other means are part of the list. */
  readonly others: boolean;
}

export function asText(read: Read, logins: readonly Login[], options: TableOptions): string {
  const lines = logins.length === 0 ? [] : options.wide ? wideTable(logins, options) : table(logins, options);
  const notes = [summary(read, logins, options), ...(read.source.kind === "files" ? [FORGEABLE] : []), ...read.notes];
  const folded = notes.flatMap((note, i) => fold(safe(i === 0 ? note : `note: ${note}`), options.width));
  return [...lines, ...(lines.length > 0 && !options.wide ? [""] : []), ...folded]
    .map((line) => `${line.trimEnd()}\n`)
    .join("");
}

const FORGEABLE = "any local user can write such lines into a text file; only the journal knows who wrote a line";

function summary({ source }: Read, logins: readonly Login[], { since, others }: TableOptions): string {
  const where = source.kind === "journal" ? "the journal" : source.files.join(", ") || "the text files of syslog";
  const when = `since ${moment(since.toISOString())}, from ${where}`;
  if (logins.length === 0) return `no login${others ? "" : " by EC2 Instance Connect"} ${when}`;
  const offered = logins.filter(({ state }) => state.kind === "no-login").length;
  const inSession = logins.filter(({ state }) => state.kind === "in-session").length;
  const parts = [plural(logins.length - offered, "login"), `${inSession} in session`];
  if (offered > 0) parts.push(`${plural(offered, "key")} offered without a login`);
  return `${parts.join(", ")}, ${when}`;
}

const HEADINGS = ["TIME", "USER", "CALLER", "FROM", "STATE"] as const;

/** Columns: time, user, caller, address, state; then key and request id. */
function table(logins: readonly Login[], { width, paint }: TableOptions): string[] {
  const rows = logins.map((login) => [
    moment(new Date(login.at).toISOString()),
    safe(login.user),
    callerText(login, readable),
    safe(login.from?.address ?? "-"),
    stateText(login.state),
  ]);
  const columns = columnsOf([HEADINGS, ...rows]);
  const lines = logins.flatMap((login, i) => {
    const row = fold(joined(rows[i] ?? [], columns), width, INDENT, "");
    const more = [keyText(login), requestText(login)].filter((text) => text !== "");
    const isOneLine = INDENT + more.join("  ").length <= width;
    const uncertainties = login.uncertainties.map((uncertainty) => `not certain: ${UNCERTAINTIES[uncertainty]}`);
    return [
      ...row.map((line) => painted(paint, colourOf(login.state), line)),
      ...(isOneLine ? [more.join("  ")] : more)
        .flatMap((text) => fold(text, width, INDENT))
        .map((line) => painted(paint, "dim", line)),
      ...uncertainties
        .flatMap((uncertainty) => fold(uncertainty, width, INDENT))
        .map((line) => painted(paint, "yellow", line)),
    ];
  });
  return [paint("bold", joined(HEADINGS, columns)), ...lines];
}

const INDENT = 4;
const WIDE = ["TIME", "USER", "CALLER", "FROM", "KEY", "REQUEST", "STATE"] as const;

/** One line for each login, for pagers and for grep. */
function wideTable(logins: readonly Login[], { paint }: TableOptions): string[] {
  const rows = logins.map((login) => [
    moment(new Date(login.at).toISOString()),
    safe(login.user),
    callerText(login, safe),
    login.from === undefined ? "-" : safe(`${login.from.address} port ${login.from.port}`),
    keyText(login) || "-",
    login.pushes.map(({ requestId }) => safe(requestId ?? "-")).join(" or ") || "-",
    [
      stateText(login.state),
      ...login.uncertainties.map((uncertainty) => `not certain: ${UNCERTAINTIES[uncertainty]}`),
    ].join("; "),
  ]);
  const columns = columnsOf([WIDE, ...rows]);
  const lines = rows.map((row, i) => painted(paint, colourOf(logins[i]?.state), joined(row, columns)));
  return [paint("bold", joined(WIDE, columns)), ...lines];
}

const columnsOf = (rows: readonly (readonly string[])[]): number[] =>
  (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));

const joined = (row: readonly string[], columns: readonly number[]): string =>
  row.map((cell, i) => cell.padEnd(i === row.length - 1 ? 0 : (columns[i] ?? 0))).join("  ");

const painted = (paint: TextStyle["paint"], colour: Colour | undefined, line: string): string =>
  colour === undefined || line === "" ? line : paint(colour, line.trimEnd());

const colourOf = (state: State | undefined): Colour | undefined =>
  state?.kind === "in-session" ? "green" : state?.kind === "no-login" ? "dim" : undefined;

function callerText({ by, pushes }: Login, form: (arn: string) => string): string {
  if (by === "other") return "not by EC2 Instance Connect";
  const callers = [...new Set(pushes.map(({ caller }) => (caller === undefined ? "-" : form(caller))))];
  return callers.join(" or ") || "not known";
}

/** Returns the part of an ARN that a person reads: `bob (Admin)` for a session of a role, the name of a user. */
export function readable(arn: string): string {
  const [, account = "", resource = ""] = /^arn:[^:]*:[^:]*:[^:]*:([^:]*):(.*)$/s.exec(arn) ?? [];
  const [kind = "", ...path] = resource.split("/");
  if (kind === "root" && path.length === 0) return safe(`root of ${account}`);
  if (kind === "assumed-role" && path.length >= 2) return safe(`${path.slice(1).join("/")} (${path[0]})`);
  return safe(resource === "" || path.length === 0 ? arn : lastPart(arn));
}

const keyText = ({ key, method }: Login): string =>
  safe([key?.type, key?.fingerprint].filter((text) => text !== undefined).join(" ") || (method ?? ""));

function requestText({ pushes }: Login): string {
  const ids = pushes.flatMap(({ requestId }) => (requestId === undefined ? [] : [safe(requestId)]));
  return ids.length === 0 ? "" : `request ${ids.join(" or ")}`;
}

function stateText(state: State): string {
  switch (state.kind) {
    case "in-session":
      return "in session";
    case "ended":
      if (state.seconds !== undefined) return `ended after ${duration(state.seconds)}`;
      return state.at === undefined ? "ended, time not known" : "ended, duration not known";
    case "ended-by-restart":
      return "ended by a restart";
    case "not-known":
      return "not known whether it has ended";
    case "no-login":
      return state.pending ? "offered, no login yet" : "offered, no login followed";
  }
}

const UNCERTAINTIES: Readonly<Record<Uncertainty, string>> = {
  "several-callers": "several callers had pushed this key, and each push was valid",
  "several-pushes": "the caller had pushed this key several times, and each push was valid",
  "no-own-record": "the record belongs to an earlier login; one was lost, or the key is in authorized_keys as well",
  "record-missing": "eic-agent passed the key to sshd, and the record is missing",
  "other-method": "sshd's line has another method; a pushed key was offered in the two minutes before",
  "clock-set-back": "the clock was set back between the record and the login",
};
