/** The state of a watch between two looks: which keys were added, the verdict on each, and which were removed. Pure. */
import type { Explanation } from "../../explain/explanation.ts";
import type { KeyReport } from "../../explain/keys.ts";

export interface Watched {
  readonly id: string;
  readonly report: KeyReport;
  /** When the key was first seen. */
  readonly since: string;
  /** When the key was first missing; null while it is there. */
  readonly gone: string | null;
}

export type Change =
  | { readonly kind: "added" | "changed" | "removed"; readonly key: Watched }
  /** The answer of the whole call changed: no key, a Fault, or an answer again. */
  | { readonly kind: "answer"; readonly answer: Explanation["answer"] };

export interface WatchState {
  readonly keys: readonly Watched[];
  readonly answer: Explanation["answer"] | undefined;
}

export const NOTHING_SEEN: WatchState = { keys: [], answer: undefined };

/**
 * Compares a look with the state before it.
 * @param now RFC 3339: the time of this look
 */
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
    // A key that had gone and is there again counts as new.
    if (key.gone !== null) changes.push({ kind: "added", key: next });
    else if (meets(key.report) !== meets(report)) changes.push({ kind: "changed", key: next });
    return next;
  });
  const ids = new Set(before.keys.map(({ id }) => id));
  const fresh = [...seen]
    .filter(([id]) => !ids.has(id))
    .map(([id, report]): Watched => ({ id, report, since: now, gone: null }));
  changes.push(...fresh.map((key): Change => ({ kind: "added", key })));
  return { memory: { keys: [...known, ...fresh], answer }, changes };
}

/** Marks a missing key as gone. After a Fault the pushed keys are unknown, so no key is reported as gone. */
function goneAt(key: Watched, answer: Explanation["answer"], now: string, changes: Change[]): Watched {
  if (key.gone !== null || answer.kind === "fault") return key;
  const gone: Watched = { ...key, gone: now };
  changes.push({ kind: "removed", key: gone });
  return gone;
}

const meets = (report: KeyReport): string => (report.verdict === "accepted" ? "accepted" : report.reason);

/** Identifies a key by request id, which names the push, or without one by the key itself. Duplicates are numbered. */
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

/**
 * Checks whether the answer is news. "Answer again" is reported only after a Fault: otherwise the new keys already show it.
 */
function isNews(before: Explanation["answer"] | undefined, answer: Explanation["answer"]): boolean {
  if (answer.kind === "judged") return before?.kind === "fault";
  return before === undefined || wordOf(before) !== wordOf(answer);
}

function wordOf(answer: Explanation["answer"]): string {
  if (answer.kind === "judged") return "judged";
  return answer.kind === "no-keys" ? answer.why : answer.code;
}
