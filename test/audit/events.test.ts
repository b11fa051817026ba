/** Audit events and their text: all kinds, and that no value can imitate another field or exceed its limit. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ascii,
  chainedCommandEvent,
  eventOfFault,
  eventsOfAnswer,
  textOf,
  trialEvent,
} from "../../src/audit/events.ts";
import { linesOf } from "../../src/audit/log.ts";
import { Fault } from "../../src/verify/errors.ts";
import type { Accepted, Refused, Verdict } from "../../src/verify/verdict.ts";
import { fingerprint, KEY } from "../support/keys.ts";

const NOW = new Date("2026-11-22T03:15:00.000Z");
const offered = fingerprint(KEY);
const request = { user: "alice", fingerprint: offered };

const accepted: Accepted = {
  kind: "accepted",
  line: KEY,
  fingerprint: offered,
  expires: new Date("2026-11-22T03:15:41.900Z"),
  caller: "arn:aws:iam::111122223333:user/bob",
  requestId: "r-1",
};
const refused: Refused = {
  kind: "refused",
  line: 1,
  refusal: { reason: "wrong-instance", expected: "i-0", found: "i-1" },
  origin: { caller: undefined, requestId: "r-2" },
};

describe("an answer", () => {
  test("leaves an event for each key that is passed to sshd, and for the offered key if it is refused", () => {
    expect(eventsOfAnswer(request, [accepted, refused], NOW)).toEqual([
      {
        event: "key-offered-to-sshd",
        level: "info",
        fields: {
          user: "alice",
          fingerprint: offered,
          caller: "arn:aws:iam::111122223333:user/bob",
          request_id: "r-1",
          expires: "2026-11-22T03:15:41.900Z",
          seconds_left: 41,
        },
      },
      {
        event: "key-refused",
        level: "warning",
        fields: {
          user: "alice",
          fingerprint: offered,
          reason: "wrong-instance",
          request_id: "r-2",
          expected: "i-0",
          found: "i-1",
        },
      },
    ]);
  });

  test("of a policy that only reports is a warning with the verdict that enforce would give", () => {
    const verdict: Verdict = { ...accepted, reported: { reason: "policy-default", user: "alice" } };
    expect(eventsOfAnswer(request, [verdict], NOW)).toMatchObject([
      { event: "key-offered-to-sshd", level: "warning", fields: { would_refuse: "policy-default" } },
    ]);
  });

  test.each<{ title: string; fingerprint: string | undefined; verdicts: Verdict[] }>([
    { title: "without keys", fingerprint: offered, verdicts: [] },
    {
      title: "with another key than the offered one",
      fingerprint: offered,
      verdicts: [{ kind: "refused", line: 1, refusal: { reason: "another-key", offered } }],
    },
    { title: "with a refused key if no offered key is known", fingerprint: undefined, verdicts: [refused] },
    { title: "with a refused key if the fingerprint has an unknown form", fingerprint: "x", verdicts: [refused] },
  ])("$title leaves none", ({ fingerprint, verdicts }) => {
    expect(eventsOfAnswer({ user: "alice", fingerprint }, verdicts, NOW)).toEqual([]);
  });

  test("records sixteen refusals one by one, and one line for all the others", () => {
    const many = (count: number) => eventsOfAnswer(request, [...Array<Verdict>(count).fill(refused), accepted], NOW);
    expect(many(17).map(({ fields }) => fields.count)).toEqual(Array(18).fill(undefined));
    expect(many(2304).map(({ fields }) => fields.count)).toEqual([...Array(16).fill(undefined), 2288, undefined]);
    expect(many(2304).at(-1)?.event).toBe("key-offered-to-sshd");
  });

  test("has facts as texts, so that a field has one type", () => {
    const verdict: Verdict = { ...refused, refusal: { reason: "signature-length", expected: 256, found: 8 } };
    expect(eventsOfAnswer(request, [verdict], NOW)[0]?.fields).toMatchObject({ expected: "256", found: "8" });
  });
});

test("a Fault leaves its code, message and hint", () => {
  const fault = new Fault("METADATA_STATUS", "/x: status 500", { path: "/x" });
  expect(eventOfFault({ user: "alice", fingerprint: undefined }, fault)).toEqual({
    event: "fault",
    level: "warning",
    fields: { user: "alice", code: "METADATA_STATUS", message: "/x: status 500", hint: fault.hint },
  });
});

test("a chained command that did not answer leaves its path and how it ended", () => {
  expect(chainedCommandEvent(request, "/opt/other", "it exited with 3")).toEqual({
    event: "chained-command-failed",
    level: "warning",
    fields: { user: "alice", fingerprint: offered, program: "/opt/other", message: "it exited with 3" },
  });
});

describe("two answers that differ in a trial leave", () => {
  const compared = { comparison: "differs", theirs: ["SHA256:a", "SHA256:b"], ours: [], theyFailed: false } as const;

  test("the keys of both, all reasons, and who pushed the key", () => {
    const origin = { caller: "arn:aws:iam::1:user/x", requestId: "r" };
    const reasons = ["expired", "wrong-instance"];
    expect(trialEvent(request, { ...compared, reasons, origin })).toEqual({
      event: "trial-differs",
      level: "warning",
      fields: {
        user: "alice",
        fingerprint: offered,
        in_force: "SHA256:a,SHA256:b",
        eic_agent: "none",
        reason: "expired,wrong-instance",
        caller: "arn:aws:iam::1:user/x",
        request_id: "r",
      },
    });
  });

  test("the failure of the other command, and no field without a value", () => {
    const failed = { ...compared, theirs: [], ours: ["SHA256:c"], theyFailed: true, reasons: [], origin: undefined };
    expect(trialEvent({ user: "alice", fingerprint: "unknown" }, failed).fields).toEqual({
      user: "alice",
      in_force: "failed",
      eic_agent: "SHA256:c",
    });
  });
});

describe("the text of an event", () => {
  test.each([
    { value: "alice", written: "alice" },
    { value: "SHA256:a+b/c", written: "SHA256:a+b/c" },
    { value: "a@b.c_d-e", written: "a@b.c_d-e" },
    { value: "", written: '""' },
    { value: "a b", written: '"a b"' },
    { value: "a=b", written: '"a=b"' },
    { value: 'a"b', written: '"a\\"b"' },
    { value: "a\\b", written: '"a\\\\b"' },
    { value: "a\nb", written: '"a\\nb"' },
    { value: "\u001b[31m", written: '"\\u001b[31m"' },
    { value: "\u007f\u0085\u009b", written: '"\\u007f\\u0085\\u009b"' },
    { value: "\u202eevil", written: '"\\u202eevil"' },
    { value: "\u{1f600}", written: '"\\ud83d\\ude00"' },
    { value: "\ud800", written: '"\\ud800"' },
  ])("has $value as $written", ({ value, written }) => {
    expect(textOf("e", { name: value })).toBe(`e name=${written}`);
  });

  test("gives back every value, and nothing else", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary", maxLength: 40 }), { maxLength: 5 }), (values) => {
        const text = textOf("event", Object.fromEntries(values.map((value, i) => [`f${i}`, value])));
        expect(text).toMatch(/^[\x20-\x7e]+$/);
        const found = [...text.matchAll(/ (f\d)=(?:"((?:[^"\\]|\\.)*)"|(\S+))/g)].map(([, name, quoted, bare]) => [
          name,
          bare ?? JSON.parse(`"${quoted}"`),
        ]);
        expect(found).toEqual(values.map((value, i) => [`f${i}`, value]));
      }),
    );
  });

  test("has at most 512 bytes for a value, with a mark at the cut", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 700, size: "max" }), (user) => {
        const { fields } = chainedCommandEvent({ user, fingerprint: undefined }, "/p", "m");
        const written = / user=(.*) program=\/p message=m$/.exec(textOf("", fields))?.[1] ?? "";
        expect(written.length).toBeGreaterThan(0);
        expect(written.length).toBeLessThanOrEqual(512);
        const kept = String(fields.user);
        if (kept !== user) {
          expect(kept.endsWith("…")).toBe(true);
          expect(user.startsWith(kept.slice(0, -1))).toBe(true);
          expect(ascii(user).length).toBeGreaterThan(512);
        }
      }),
    );
  });
});

describe("a record", () => {
  const events = eventsOfAnswer({ user: "\u00fc\n", fingerprint: offered }, [accepted, refused], NOW);

  test("in text has no time and no level: the log has its own", () => {
    const [one, two] = linesOf(events, "text", NOW);
    expect(one).toEqual({
      level: "info",
      text:
        `key-offered-to-sshd user="\\u00fc\\n" fingerprint=${offered} caller=arn:aws:iam::111122223333:user/bob ` +
        "request_id=r-1 expires=2026-11-22T03:15:41.900Z seconds_left=41",
    });
    expect(two).toMatchObject({ level: "warning", text: expect.stringMatching(/^key-refused user="\\u00fc\\n" /) });
  });

  test("in JSON is one ASCII line with the same fields, a level and the time that was passed in", () => {
    const lines = linesOf(events, "json", NOW);
    for (const [i, { text }] of lines.entries()) {
      expect(text).toMatch(/^\{[\x20-\x7e]+\}$/);
      const { event, level, fields } = events[i] ?? { event: "", level: "", fields: {} };
      expect(JSON.parse(text)).toEqual({ level, time: NOW.toISOString(), event, ...fields });
    }
  });
});
