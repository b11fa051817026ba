/** The table of logins: its columns at every width, the words for callers and states, and hostile text. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lastPart } from "../../src/cli/logins/arguments.ts";
import { asText, readable } from "../../src/cli/logins/table.ts";
import { painter } from "../../src/cli/text.ts";
import type { Login } from "../../src/logins/login.ts";
import { BOB, EVE, FINGERPRINT, ZERO } from "./lines.ts";

const login: Login = {
  at: ZERO,
  user: "alice",
  from: { address: "203.0.113.7", port: 50122 },
  method: "publickey",
  key: { type: "ED25519", fingerprint: FINGERPRINT },
  by: "ec2-instance-connect",
  pushes: [{ caller: BOB, requestId: "2b0f8d2e-6a0c-4f7e-9a59-d5a9b0a0f1aa", expires: undefined }],
  uncertainties: [],
  state: { kind: "in-session", seconds: 5 },
  pid: 7,
  session: "12",
};

function shown(logins: readonly Login[], { width = 80, wide = false, coloured = false } = {}): string {
  const read = { kind: "read", source: { kind: "journal" }, logins, notes: [] } as const;
  return asText(read, logins, { width, wide, paint: painter(coloured), since: new Date(ZERO), others: true });
}

test.each([
  {
    width: 80,
    lines: [
      "TIME                  USER   CALLER       FROM         STATE",
      "2026-11-22 03:15:00Z  alice  bob (Admin)  203.0.113.7  in session",
      `    ED25519 ${FINGERPRINT}`,
      "    request 2b0f8d2e-6a0c-4f7e-9a59-d5a9b0a0f1aa",
    ],
  },
  {
    width: 60,
    lines: [
      "TIME                  USER   CALLER       FROM         STATE",
      "2026-11-22 03:15:00Z  alice  bob (Admin)  203.0.113.7  in",
      "    session",
      "    ED25519",
      `    ${FINGERPRINT}`,
      "    request 2b0f8d2e-6a0c-4f7e-9a59-d5a9b0a0f1aa",
    ],
  },
])("fits $width columns and breaks no fingerprint and no id", ({ width, lines }) => {
  expect(shown([login], { width }).split("\n").slice(0, lines.length)).toEqual(lines);
});

test("says what is not certain, and names every caller", () => {
  const pushes = [...login.pushes, { caller: EVE, requestId: "r2", expires: undefined }];
  const text = shown([{ ...login, pushes, uncertainties: ["several-callers"] }], { width: 100 });
  expect(text).toContain("bob (Admin) or eve (Admin)");
  expect(text).toContain("    not certain: several callers had pushed this key, and each push was valid\n");
});

test.each<{ state: Login["state"]; text: string }>([
  { state: { kind: "ended", at: ZERO, seconds: 750 }, text: "ended after 12 min" },
  { state: { kind: "ended", at: undefined, seconds: undefined }, text: "ended, time not known" },
  { state: { kind: "ended", at: ZERO, seconds: undefined }, text: "ended, duration not known" },
  { state: { kind: "ended-by-restart" }, text: "ended by a restart" },
  { state: { kind: "not-known" }, text: "not known whether it has ended" },
  { state: { kind: "no-login", pending: true }, text: "offered, no login yet" },
  { state: { kind: "no-login", pending: false }, text: "offered, no login followed" },
])("$state: $text", ({ state, text }) => {
  expect(shown([{ ...login, state }], { wide: true })).toContain(`  ${text}\n`);
});

describe("a caller", () => {
  test.each([
    { arn: BOB, text: "bob (Admin)", last: "bob" },
    { arn: "arn:aws:iam::111122223333:user/team/eve", text: "eve", last: "eve" },
    { arn: "arn:aws-cn:iam::111122223333:root", text: "root of 111122223333", last: "root" },
    { arn: "arn:aws:sts::111122223333:federated-user/x", text: "x", last: "x" },
    { arn: "not an ARN", text: "not an ARN", last: "not an ARN" },
    { arn: "", text: "", last: "" },
    { arn: "arn:aws:sts::1:assumed-role/A/\u001b[2J", text: "\\u001b[2J (A)", last: "\u001b[2J" },
  ])("$arn is $text", ({ arn, text, last }) => {
    expect(readable(arn)).toBe(text);
    expect(lastPart(arn)).toBe(last);
  });
});

test("no text of a log reaches the terminal except in printable ASCII", () => {
  const text = fc.string({ unit: "binary", maxLength: 40 });
  const hostile = fc.record({
    user: text,
    caller: fc.option(text, { nil: undefined }),
    id: fc.option(text, { nil: undefined }),
    address: text,
    type: text,
    fingerprint: text,
    method: text,
    session: text,
  });
  fc.assert(
    fc.property(hostile, fc.integer({ min: 40, max: 100 }), fc.boolean(), (chosen, width, wide) => {
      const { user, caller, id, address, type, fingerprint, method, session } = chosen;
      const pushes = [{ caller, requestId: id, expires: undefined }];
      const one = { ...login, user, method, session, pushes, from: { address, port: 1 }, key: { type, fingerprint } };
      expect(shown([one, { ...one, by: "other", key: undefined, pushes: [] }], { width, wide })).toMatch(
        /^[\n\x20-\x7e]*$/,
      );
    }),
  );
});
