/**
 * `explain --watch`: repeats the call, as a login would make it, until Ctrl-C. On a terminal the screen is redrawn and
 * counts down. Otherwise each change is printed as a line, or with --json as a whole explanation.
 */
import type { Explanation } from "../../explain/explanation.ts";
import type { KeyReport } from "../../explain/keys.ts";
import type { Context } from "../context.ts";
import { clock, safe, secondsUntil } from "../text.ts";
import { type Change, NOTHING_SEEN, update, type Watched, type WatchState } from "./watch-state.ts";

/**
 * Milliseconds between two looks. Each is a whole call: some twenty packets without keys, some sixty with keys, of the 1,024
 * a second that EC2 allows a host for metadata, DNS and time together.
 */
const PAUSE_MS = 2000;
/** Milliseconds between two redraws of the countdown. */
const TICK_MS = 1000;
/** Maximum number of keys on the screen, the latest. */
const MAX_SHOWN = 30;

export async function watch(ask: () => Promise<Explanation>, context: Context, json: boolean): Promise<void> {
  let over = false;
  const ended = context.interrupted().then(() => {
    over = true;
  });
  const screen = json ? jsonLines(context) : context.terminal ? drawing(context) : textLines(context);
  let memory = NOTHING_SEEN;
  while (!over) {
    const explained = await Promise.race([ask(), ended]);
    if (explained === undefined) break;
    const { memory: next, changes } = update(memory, explained, context.now().toISOString());
    memory = next;
    screen(explained, memory, changes);
    const due = context.now().getTime() + PAUSE_MS;
    while (!over && context.now().getTime() < due) {
      await Promise.race([pause(Math.min(TICK_MS, due - context.now().getTime())), ended]);
      if (!over) screen(explained, memory, []);
    }
  }
}

type Screen = (explained: Explanation, memory: WatchState, changes: readonly Change[]) => void;

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, Math.max(ms, 1)));

const jsonLines =
  ({ print }: Context): Screen =>
  (explained, _, changes) => {
    if (changes.length > 0) print(`${JSON.stringify(explained)}\n`);
  };

function textLines({ print, now }: Context): Screen {
  return (_, __, changes) => {
    const time = clock(now().toISOString());
    for (const change of changes) print(`${time}  ${changeText(change)}\n`);
  };
}

function changeText(change: Change): string {
  if (change.kind === "answer") return answerText(change.answer);
  const { key, kind } = change;
  const word = { added: "pushed", changed: "now", removed: "gone" }[kind];
  return kind === "removed"
    ? `${word}  ${nameOf(key.report)}`
    : `${word}  ${reportText(key.report)}${originText(key.report)}`;
}

function answerText(answer: Explanation["answer"]): string {
  if (answer.kind === "judged") return "an answer again";
  return answer.kind === "no-keys" ? answer.message : `${answer.code}: ${safe(answer.message)}; hint: ${answer.hint}`;
}

const nameOf = (report: KeyReport): string =>
  safe(
    report.verdict === "accepted"
      ? report.fingerprint
      : (report.fingerprint ??
          (report.claimed === null ? `the block at line ${report.line}` : `${report.claimed} (claimed)`)),
  );

const reportText = (report: KeyReport): string =>
  report.verdict === "accepted"
    ? `accepted  ${nameOf(report)}  ${report.secondsLeft} s left`
    : `refused  ${nameOf(report)}  ${report.reason}: ${safe(report.message)}; hint: ${report.hint}`;

const originText = ({ caller, requestId }: KeyReport): string =>
  `${caller === null ? "" : `  by ${safe(caller)}`}${requestId === null ? "" : `  request ${safe(requestId)}`}`;

/** Redraws the screen: moves up to the first line drawn before and erases everything below it. */
function drawing(context: Context): Screen {
  let drawn = 0;
  return (explained, memory) => {
    const lines = screenLines(explained, memory, context);
    context.print(`${drawn === 0 ? "" : `\x1b[${drawn}A\x1b[J`}${lines.map((line) => `${line}\n`).join("")}`);
    drawn = lines.length;
  };
}

function screenLines(
  { user, answer, instance }: Explanation,
  { keys }: WatchState,
  { now, paint, width }: Context,
): string[] {
  const at = now().toISOString();
  const where = instance?.id ?? "this host";
  const state = answer.kind === "judged" ? "" : answerText(answer);
  const head = `${safe(user)} on ${where}, ${clock(at)} UTC; every ${PAUSE_MS / 1000} s, Ctrl-C ends`;
  const body = keys.slice(-MAX_SHOWN).flatMap((key) => keyLines(key, answer, at));
  // Cut the line: a line that the terminal wraps would take two rows and break the redraw.
  const cut = [head, ...(state === "" ? [] : [state]), ...body].map((line) => line.slice(0, width - 1));
  return cut.map((line, i) => (i === 0 ? paint("bold", line) : line));
}

function keyLines({ report, since, gone }: Watched, answer: Explanation["answer"], at: string): string[] {
  const head = `${clock(since)}  `;
  const origin = originText(report).trim();
  const who = origin === "" ? [] : [`          ${origin}`];
  if (gone !== null) return [`${head}gone      ${nameOf(report)}  at ${clock(gone)}`, ...who];
  if (answer.kind === "fault") return [`${head}no answer ${nameOf(report)}  ${answer.code}`, ...who];
  if (report.verdict === "refused") {
    return [`${head}refused   ${nameOf(report)}  ${report.reason}`, `          ${safe(report.message)}`, ...who];
  }
  const left = Math.max(0, Math.floor(secondsUntil(report.expires, at)));
  return [`${head}accepted  ${nameOf(report)}  ${left} s left`, ...who];
}
