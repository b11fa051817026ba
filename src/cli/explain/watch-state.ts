/** What a watch remembers from one look to the next: which keys came, what a login with each met, and which went. Pure. */
import type { Explanation } from "../../explain/explanation.ts";
import type { KeyReport } from "../../explain/keys.ts";

export interface Watched {
  readonly id: string;
  readonly report: KeyReport;
  /** When it was first seen. */
  readonly since: string;
  /** When it was first not there any more; null while it is. */
  readonly gone: string | null;
}

export type Change =
  | { readonly kind: "came" | "turned" | "went"; readonly key: Watched }
  /** What the whole call met: no key, a Fault, or an answer again. */
  | { readonly kind: "answer"; readonly answer: Explanation["answer"] };

export interface WatchState {
  readonly keys: readonly Watched[];
  readonly answer: Explanation["answer"] | undefined;
}

export const NOTHING_SEEN: WatchState = { keys: [], answer: undefined };

/** @param now RFC 3339: when this look was taken */
export function update(
  before: WatchState,
  { keys, answer }: Explanation,
  now: string,
): { memory: WatchState; changes: Change[] } {
  const changes: Change[] = isNews(before.answer, answer) ? [{ kind: "answer", answer }] : [];
  const seen = new Map(withIds(keys));
  const known = before.keys.map((key): Watched => {
    const report = seen.get(key.id);
    if (report === undefined) return goneAt(key, answer, now, changes);
    const next: Watched = { ...key, report, gone: null };
    // One that had gone and is back has come again.
    if (key.gone !== null) changes.push({ kind: "came", key: next });
    else if (meets(key.report) !== meets(report)) changes.push({ kind: "turned", key: next });
    return next;
  });
  const ids = new Set(before.keys.map(({ id }) => id));
  const fresh = [...seen]
    .filter(([id]) => !ids.has(id))
    .map(([id, report]): Watched => ({ id, report, since: now, gone: null }));
  changes.push(...fresh.map((key): Change => ({ kind: "came", key })));
  return { memory: { keys: [...known, ...fresh], answer }, changes };
}

/** After a Fault nobody knows what is pushed: what was there is not said to have gone. */
function goneAt(key: Watched, answer: Explanation["answer"], now: string, changes: Change[]): Watched {
  if (key.gone !== null || answer.kind === "fault") return key;
  const gone: Watched = { ...key, gone: now };
  changes.push({ kind: "went", key: gone });
  return gone;
}

const meets = (report: KeyReport): string => (report.verdict === "accepted" ? "accepted" : report.reason);

/** By request id, which is the push; by the key itself where there is none. The same one twice is told apart by number. */
function withIds(keys: readonly KeyReport[]): [string, KeyReport][] {
  const counts = new Map<string, number>();
  return keys.map((report) => {
    const claimed = report.verdict === "refused" ? (report.claimed ?? `line ${report.line}`) : "";
    const name = report.requestId ?? report.fingerprint ?? claimed;
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return [`${name} ${count}`, report];
  });
}

/** That keys are there again is told by the keys themselves, but after a Fault they may be the old ones. */
function isNews(before: Explanation["answer"] | undefined, answer: Explanation["answer"]): boolean {
  if (answer.kind === "judged") return before?.kind === "fault";
  return before === undefined || wordOf(before) !== wordOf(answer);
}

function wordOf(answer: Explanation["answer"]): string {
  if (answer.kind === "judged") return "judged";
  return answer.kind === "silent" ? answer.why : answer.code;
}
