/** Answers that are judged again because cached data was used for them. */
import { describe, expect, test } from "vitest";
import type { Answer } from "../../src/authorize.ts";
import { inputsToRefetch } from "../../src/service/cache/recheck.ts";
import { Fault } from "../../src/verify/errors.ts";
import type { Refusal, Verdict } from "../../src/verify/verdict.ts";

const at = new Date(0);
const accepted: Verdict = {
  kind: "accepted",
  line: "ssh-ed25519 AAAA",
  fingerprint: "SHA256:x",
  expires: at,
  caller: undefined,
  requestId: undefined,
};
const refused = (refusal: Refusal): Verdict => ({ kind: "refused", line: 1, refusal });
const judged = (...verdicts: Verdict[]): Answer => ({
  kind: "judged",
  verdicts,
  lines: verdicts.flatMap((verdict) => (verdict.kind === "accepted" ? [verdict.line] : [])),
  now: at,
});
const silent: Answer = { kind: "no-keys", why: "not-offered" };
const expired = refused({ reason: "expired", at, now: at });
const forged = refused({ reason: "bad-signature", signer: "x" });
const short = refused({ reason: "signature-length", expected: 256, found: 1 });
const elsewhere = refused({ reason: "wrong-instance", expected: "i-1", found: "i-2" });
const other = refused({ reason: "another-key", offered: "SHA256:y" });
const fault = new Fault("STAPLE_STALE", "ended");

describe("an answer", () => {
  test.each([
    { title: "with the key", outcome: judged(accepted), document: [], signer: [] },
    {
      title: "with the key, and others that were not offered",
      outcome: judged(other, accepted),
      document: [],
      signer: [],
    },
    { title: "with the key twice, once expired", outcome: judged(expired, accepted), document: [], signer: [] },
    { title: "with the key twice, once forged", outcome: judged(forged, accepted), document: [], signer: ["signer"] },
    { title: "of an expired key", outcome: judged(expired), document: ["document"], signer: [] },
    { title: "of a forged key", outcome: judged(forged), document: ["document"], signer: ["signer"] },
    { title: "of a short signature", outcome: judged(short), document: ["document"], signer: ["signer"] },
    { title: "of another instance's key", outcome: judged(elsewhere), document: ["document"], signer: ["signer"] },
    { title: "without keys", outcome: silent, document: ["document"], signer: [] },
    { title: "of an empty document", outcome: judged(), document: ["document"], signer: [] },
    { title: "that is a Fault", outcome: fault, document: [], signer: ["signer"] },
  ])("$title: rechecked for a cached document $document, for a cached signer $signer", (row) => {
    expect(inputsToRefetch(row.outcome, { document: true, signer: false })).toEqual(row.document);
    expect(inputsToRefetch(row.outcome, { document: false, signer: true })).toEqual(row.signer);
    expect(inputsToRefetch(row.outcome, { document: true, signer: true })).toEqual([...row.document, ...row.signer]);
    expect(inputsToRefetch(row.outcome, { document: false, signer: false })).toEqual([]);
  });
});
