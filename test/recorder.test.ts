/** When a call is recorded, and the result if it cannot be; the rest is tested through the bundle (test/bundle/audit). */
import { expect, test } from "vitest";
import { AuditRecorder } from "../src/recorder.ts";
import { DEFAULTS } from "../src/settings/defaults.ts";

test.each([
  { target: "syslog", ms: 150 },
  { target: "journal", ms: 150 },
  { target: "none", ms: 0 },
] as const)("reserves $ms ms of the deadline for a record in $target", ({ target, ms }) => {
  const recorder = new AuditRecorder({ user: "alice", fingerprint: undefined }, () => Promise.resolve());
  recorder.configure({ ...DEFAULTS.audit, target });
  expect(recorder.reservedMs).toBe(ms);
});
