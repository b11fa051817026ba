/** The comparison of two answers during a trial. Keys and fingerprints are from ssh-keygen. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Answer } from "../../src/authorize.ts";
import { type Compared, compareAnswers } from "../../src/trial/compare.ts";
import type { OwnAnswer } from "../../src/trial/own-answer.ts";
import { parseReport, type Report } from "../../src/trial/report.ts";
import { Fault } from "../../src/verify/errors.ts";

interface Key {
  readonly line: string;
  readonly sha256: string;
  readonly md5: string;
}

function newKey(folder: string, name: string, type: string): Key {
  const path = join(folder, name);
  execFileSync("ssh-keygen", ["-q", "-t", type, "-N", "", "-C", "", "-f", path]);
  const listed = (hash: string) =>
    execFileSync("ssh-keygen", ["-l", "-E", hash, "-f", path], { encoding: "utf8" }).split(" ")[1] ?? "";
  return { line: readFileSync(`${path}.pub`, "utf8").trim(), sha256: listed("sha256"), md5: listed("md5") };
}

const folder = mkdtempSync(join(tmpdir(), "eic-trial-"));
const A = newKey(folder, "a", "ed25519");
const B = newKey(folder, "b", "ecdsa");
rmSync(folder, { recursive: true });

const succeeded = (output: string): Report => ({ ending: "succeeded", output });
const answered = (...lines: readonly string[]): OwnAnswer => ({
  kind: "answered",
  answer: { kind: "judged", verdicts: [], lines, now: new Date() },
});
const NONE: OwnAnswer = { kind: "answered", answer: { kind: "no-keys", why: "no-keys" } };
const FAULT: OwnAnswer = { kind: "failed", why: new Fault("METADATA_TIMEOUT", "too late") };

const ROWS: readonly (readonly [string, string | undefined, Report, OwnAnswer, Partial<Compared>])[] = [
  ["the same key", A.sha256, succeeded(`${A.line}\n`), answered(A.line), { comparison: "agrees" }],
  ["the same key, by MD5", A.md5, succeeded(`${A.line}\n`), answered(A.line), { comparison: "agrees" }],
  ["no key in either", A.sha256, succeeded(""), NONE, { comparison: "agrees" }],
  [
    "more keys than the offered one, which sshd does not accept",
    A.sha256,
    succeeded(`# all keys of alice\n${B.line}\n\n${A.line} alice@host`),
    answered(A.line),
    { comparison: "agrees", theirs: [A.sha256], ours: [A.sha256] },
  ],
  [
    "the same keys in another order, without a fingerprint",
    undefined,
    succeeded(`${B.line}\n${A.line}\n`),
    answered(A.line, B.line),
    { comparison: "agrees", theirs: [A.sha256, B.sha256].toSorted() },
  ],
  [
    "options before the key",
    A.sha256,
    succeeded(`from="10.0.0.0/8",command="echo ssh-ed25519 AAAA" ${A.line}\n`),
    answered(`restrict ${A.line}`),
    { comparison: "agrees" },
  ],
  [
    "a key that eic-agent refuses",
    A.sha256,
    succeeded(`${A.line}\n`),
    NONE,
    { comparison: "differs", theirs: [A.sha256], ours: [], reasons: ["no-keys"] },
  ],
  [
    "a key that only eic-agent has",
    A.sha256,
    succeeded(`${B.line}\n`),
    answered(A.line),
    { comparison: "differs", theirs: [], ours: [A.sha256] },
  ],
  [
    "a key in the output of a command that failed: sshd discards it",
    A.sha256,
    { ending: "failed", output: `${A.line}\n` },
    answered(A.line),
    { comparison: "differs", theirs: [], theyFailed: true },
  ],
  ["the same without a key of ours", A.sha256, { ending: "failed", output: "" }, NONE, { comparison: "agrees" }],
  ["an authority of certificates", A.sha256, succeeded(`cert-authority ${A.line}\n`), NONE, { comparison: "agrees" }],
  ["a key in a comment", A.sha256, succeeded(`#${A.line}\n  # ${A.line}\n`), NONE, { comparison: "agrees" }],
  ["no answer of ours, and no key", A.sha256, succeeded(""), FAULT, { comparison: "unanswered" }],
  [
    "no answer of ours, and a key",
    A.sha256,
    succeeded(`${A.line}\n`),
    FAULT,
    { comparison: "differs", reasons: ["METADATA_TIMEOUT"] },
  ],
  [
    "too many calls at once",
    A.sha256,
    succeeded(""),
    { kind: "failed", why: "busy" },
    { comparison: "unanswered", reasons: ["busy"] },
  ],
  [
    "an output that does not fit into a report",
    A.sha256,
    { ending: "too-long", output: "" },
    answered(A.line),
    { comparison: "not-compared" },
  ],
];

describe("two answers", () => {
  test.each(ROWS)("%s", (_, fingerprint, report, own, expected) => {
    expect(compareAnswers({ user: "alice", fingerprint }, report, own)).toMatchObject(expected);
  });

  test("of which a refused key is not printed: its reason, and who pushed it", () => {
    const refused = { kind: "refused", line: 1, refusal: { reason: "policy-user-denied", user: "alice" } } as const;
    const origin = { caller: "arn:aws:iam::1:user/x", requestId: "r" };
    const other = { kind: "refused", line: 9, refusal: { reason: "another-key", offered: A.sha256 } } as const;
    const answer: Answer = { kind: "judged", verdicts: [other, { ...refused, origin }], lines: [], now: new Date() };
    expect(
      compareAnswers({ user: "alice", fingerprint: A.sha256 }, succeeded(A.line), { kind: "answered", answer }),
    ).toMatchObject({ comparison: "differs", reasons: ["policy-user-denied"], origin });
  });
});

describe("a report", () => {
  test.each([
    [[0, 0x61], { ending: "succeeded", output: "a" }],
    [[1], { ending: "failed", output: "" }],
    [[2], { ending: "too-long", output: "" }],
    [[0, 0xff], { ending: "succeeded", output: "\u00ff" }],
    [[3], undefined],
    [[], undefined],
    [new Array(32 * 1024 + 2).fill(0), undefined],
  ])("%#", (bytes, expected) => {
    expect(parseReport(Uint8Array.from(bytes))).toEqual(expected);
  });
});
