/** State of a watch: keys appear, change, disappear and appear again; a Fault removes nothing. */
import { expect, test } from "vitest";
import { NOTHING_SEEN, update, type WatchState } from "../../src/cli/explain/watch-state.ts";
import type { Explanation } from "../../src/explain/explanation.ts";
import type { KeyReport } from "../../src/explain/keys.ts";

const accepted = (fingerprint: string, requestId: string | null): KeyReport => ({
  ...{ verdict: "accepted", line: 1, fingerprint, key: "k", expires: "2026-01-01T00:01:00Z", secondsLeft: 9 },
  ...{ caller: null, requestId, reported: null, options: null, rule: null, leftOut: [] },
});
const refused = (fingerprint: string, requestId: string | null): KeyReport => ({
  ...{
    verdict: "refused",
    line: 1,
    reason: "expired",
    message: "s",
    facts: {},
    hint: "h",
    fingerprint,
    claimed: null,
  },
  ...{ caller: null, requestId },
});
const judged = (...keys: KeyReport[]) => ({ keys, answer: { kind: "judged", accepted: 0, refused: 0 } });
const silent = { keys: [], answer: { kind: "no-keys", why: "no-keys", message: "m", hint: "h" } };
const fault = { keys: [], answer: { kind: "fault", code: "METADATA_STATUS", message: "m", facts: {}, hint: "h" } };

/** Makes one look after another, a minute apart. @returns the words of each look's changes */
function looks(...told: { keys: KeyReport[]; answer: object }[]): { words: string[][]; memory: WatchState } {
  let memory = NOTHING_SEEN;
  const words = told.map((one, minute) => {
    const seen = update(memory, one as unknown as Explanation, `2026-01-01T00:0${minute}:00Z`);
    memory = seen.memory;
    return seen.changes.map((change) =>
      change.kind === "answer" ? change.answer.kind : `${change.kind} ${change.key.report.fingerprint}`,
    );
  });
  return { words, memory };
}

test.each([
  {
    title: "a key comes and goes",
    told: [silent, judged(accepted("A", "1")), silent],
    words: [["no-keys"], ["added A"], ["no-keys", "removed A"]],
  },
  {
    title: "nothing changes",
    told: [judged(accepted("A", "1")), judged(accepted("A", "1"))],
    words: [["added A"], []],
  },
  {
    title: "a key changes its verdict",
    told: [judged(accepted("A", "1")), judged(refused("A", "1"))],
    words: [["added A"], ["changed A"]],
  },
  {
    title: "the same key by two pushes is two",
    told: [judged(accepted("A", "1"), accepted("A", "2"))],
    words: [["added A", "added A"]],
  },
  {
    title: "two without a request id are two",
    told: [judged(accepted("A", null), accepted("A", null))],
    words: [["added A", "added A"]],
  },
  {
    title: "a Fault removes nothing",
    told: [judged(accepted("A", "1")), fault, judged(accepted("A", "1"))],
    words: [["added A"], ["fault"], ["judged"]],
  },
  { title: "a Fault is reported once", told: [fault, fault], words: [["fault"], []] },
  {
    title: "a key that had gone comes again",
    told: [judged(accepted("A", "1")), silent, judged(accepted("A", "1"))],
    words: [["added A"], ["no-keys", "removed A"], ["added A"]],
  },
])("$title", ({ told, words }) => {
  expect(looks(...told).words).toEqual(words);
});

test("keys that have gone stay, with the time", () => {
  const { memory } = looks(judged(accepted("A", "1")), silent, silent);
  expect(memory.keys).toMatchObject([{ since: "2026-01-01T00:00:00Z", gone: "2026-01-01T00:01:00Z" }]);
});
