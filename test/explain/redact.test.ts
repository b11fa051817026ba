/** Redaction: no part of any caller's name is left, and the same name always becomes the same word. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseCapture, printCapture } from "../../src/explain/capture.ts";
import { keyReports } from "../../src/explain/keys.ts";
import { redacted } from "../../src/explain/redact.ts";
import { captureOf } from "../support/captures.ts";
import { readVector } from "../support/cases/vector.ts";

const vector = readVector("one-key");

/** Redacts a call whose only key was pushed by `caller`, with a comment, and refused by a policy that names the caller. */
function callBy(caller: string, comment: string): string {
  const capture = captureOf(vector);
  const [key = ""] = vector.prints;
  const document = Buffer.from(`#Caller=${caller}\n#Request=r-1\n${key} ${comment}\nAAAA\n`, "latin1");
  const refusal = { reason: "policy-caller", user: capture.user, caller } as const;
  const verdict = { kind: "refused", line: 1, refusal, origin: { caller, requestId: "r-1" } } as const;
  const records = capture.records.map((record) =>
    record.path.includes("active-keys") ? { ...record, body: document } : record,
  );
  const recorded = { answer: capture.recorded.answer, keys: keyReports([verdict], document, vector.now) };
  const text = printCapture(redacted({ ...capture, records, recorded }));
  const { records: kept } = parseCapture(text);
  const bodies = kept.flatMap((record) =>
    record.kind === "replied" && Buffer.isBuffer(record.body) ? [record.body.toString("latin1")] : [],
  );
  return `${text}\n${bodies.join("\n")}`;
}

/** Long enough not to occur by chance. */
const name = fc.stringMatching(/^[A-Za-z0-9+=,.@_-]{12,40}$/);
const account = fc.stringMatching(/^[0-9]{12}$/).filter((digits) => !/^0{6}/.test(digits));

test("nothing is left of account, role, session and comment", () => {
  fc.assert(
    fc.property(account, name, name, name, (digits, role, session, comment) => {
      const text = callBy(`arn:aws:sts::${digits}:assumed-role/${role}/${session}`, comment);
      for (const word of [digits, role, session, comment]) expect(text.includes(word)).toBe(false);
      expect(text).toContain("#Caller=arn:aws:sts::000000000001:assumed-role/principal-1/");
    }),
    { numRuns: 50 },
  );
});

test("nothing is left of a caller that is not an ARN", () => {
  const odd = fc.stringMatching(/^[\x21-\x7e][ -~\u00a1-\u00ff]{20,60}[\x21-\x7e]$/);
  fc.assert(
    fc.property(odd, (caller) => {
      const text = callBy(caller, "comment");
      expect(text.includes(caller)).toBe(false);
      expect(text).toContain('"caller": "caller-1"');
    }),
    { numRuns: 50 },
  );
});

test.each([
  { caller: "arn:aws:iam::111122223333:user/bob", becomes: "arn:aws:iam::000000000001:user/principal-1" },
  {
    caller: "arn:aws:iam::111122223333:user/a/path/bob",
    becomes: "arn:aws:iam::000000000001:user/principal-1/principal-2/principal-3",
  },
  { caller: "arn:aws:iam::111122223333:root", becomes: "arn:aws:iam::000000000001:root" },
  {
    caller: "arn:aws-cn:sts::111122223333:federated-user/bob",
    becomes: "arn:aws-cn:sts::000000000001:federated-user/principal-1",
  },
  {
    caller: "arn:aws:sts::111122223333:assumed-role/A/A",
    becomes: "arn:aws:sts::000000000001:assumed-role/principal-1/session-1",
  },
  { caller: "AROAEXAMPLE:bob", becomes: "caller-1" },
])("$caller becomes $becomes", ({ caller, becomes }) => {
  expect(callBy(caller, "x")).toContain(`#Caller=${becomes}\n`);
});
