/** Records as this program writes them, read back, and texts that look like records. */
import { describe, expect, test } from "vitest";
import type { AuditEvent } from "../../src/audit/events.ts";
import { linesOf } from "../../src/audit/log.ts";
import { parseRecord } from "../../src/logins/record.ts";

const now = new Date("2026-11-22T03:15:00.000Z");
const event = (fields: AuditEvent["fields"], name: AuditEvent["event"] = "key-offered-to-sshd"): AuditEvent => ({
  event: name,
  level: "info",
  fields,
});
const fields = {
  user: "alice",
  fingerprint: "SHA256:Cw",
  caller: "arn:aws:sts::111122223333:assumed-role/Admin/bob",
  request_id: "2b0f8d2e-6a0c-4f7e-9a59-d5a9b0a0f1aa",
  expires: "2026-11-22T03:15:41.000Z",
  seconds_left: 41,
};
const record = {
  user: "alice",
  fingerprint: "SHA256:Cw",
  caller: fields.caller,
  requestId: fields.request_id,
  expires: Date.parse(fields.expires),
};

describe.each(["text", "json"] as const)("as %s", (format) => {
  const written = (one: AuditEvent) => linesOf([one], format, now)[0]?.text ?? "";

  test.each([
    { title: "a record", given: fields, read: record },
    {
      title: "a hostile session name",
      given: { ...fields, caller: 'x" user=root \u001b[2J\n' },
      read: { ...record, caller: 'x" user=root \u001b[2J\n' },
    },
    {
      title: "a user outside of ASCII",
      given: { ...fields, user: "müller x" },
      read: { ...record, user: "müller x" },
    },
    {
      title: "a push without caller and request id",
      given: { user: "alice", fingerprint: "SHA256:Cw" },
      read: { ...record, caller: undefined, requestId: undefined, expires: undefined },
    },
    { title: "a time that is not one", given: { ...fields, expires: "soon" }, read: { ...record, expires: undefined } },
  ])("$title", ({ given, read }) => {
    expect(parseRecord(written(event(given)))).toEqual(read);
  });

  test("another event is not an offer", () => {
    expect(parseRecord(written(event({ ...fields, reason: "expired" }, "key-refused")))).toBeUndefined();
  });
});

test.each([
  "key-offered-to-sshd",
  "key-offered-to-sshd user=alice",
  "key-offered-to-sshd user=alice fingerprint=x user=root",
  "key-offered-to-sshd user=alice fingerprint=x and more",
  'key-offered-to-sshd user=alice fingerprint="x',
  'key-offered-to-sshd user=alice fingerprint="\\q"',
  " key-offered-to-sshd user=alice fingerprint=x",
  '{"event":"key-offered-to-sshd","user":["alice"],"fingerprint":"x"}',
  '{"event":"key-offered-to-sshd"',
  "service-ready version=1 pid=2",
  `key-offered-to-sshd user=alice fingerprint=${"x".repeat(8192)}`,
])("%.60s is not an offer", (message) => {
  expect(parseRecord(message)).toBeUndefined();
});
