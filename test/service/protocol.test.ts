/** The bytes on the socket: requests, when a request is complete, and answers. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { answerFrame, readRequest, readStatus, statusFrame } from "../../src/service/server/protocol.ts";
import { callBytes, trialBytes } from "../support/service.ts";

const text = fc.string({ unit: "grapheme", maxLength: 60 }).filter((one) => !one.includes("\0") && one.isWellFormed());

describe("a request", () => {
  test("is read completely, for any user and fingerprint, and not before its last byte", () => {
    fc.assert(
      fc.property(text, fc.option(text, { nil: undefined }), (user, fingerprint) => {
        const bytes = callBytes(user, fingerprint);
        expect(readRequest(bytes)).toEqual({ kind: "call", request: { user, fingerprint } });
        for (let end = 0; end < bytes.length; end += 1) expect(readRequest(bytes.subarray(0, end))).toBe("unfinished");
        expect(readRequest(Buffer.concat([bytes, Buffer.of(0)]))).toBe("malformed");
        expect(readRequest(Buffer.concat([bytes, bytes]))).toBe("malformed");
      }),
    );
  });

  test.each([
    { title: "another program's greeting", bytes: Buffer.from("GET / HTTP/1.1\r\n\r\n") },
    { title: "its first letter alone", bytes: Buffer.from("G") },
    { title: "another version", bytes: Buffer.from("EIC\x02", "latin1") },
    {
      title: "more than 1 KiB by its lengths, without more data",
      bytes: Buffer.from("EIC\x01\x04\x01\x00\x00", "latin1"),
    },
    { title: "1025 bytes", bytes: callBytes("a".repeat(1017)) },
    { title: "a fingerprint that would end after 1 KiB", bytes: Buffer.from("EIC\x01\x00\x01\xff\xfe", "latin1") },
    { title: "a NUL in the user", bytes: callBytes("a\0b") },
    { title: "a NUL in the fingerprint", bytes: callBytes("a", "\0") },
    { title: "a note of an unknown ending", bytes: Buffer.from("EIN\x01\x03", "latin1") },
    { title: "a note of no result of a trial", bytes: Buffer.from("EIN\x01\x14", "latin1") },
    { title: "a report of a trial without a byte", bytes: trialBytes("a", "b", Buffer.alloc(0)) },
    { title: "a report of an unknown ending", bytes: trialBytes("a", "b", Buffer.of(3)) },
    {
      title: "a report of more than 32 KiB by its length",
      bytes: Buffer.from("EIT\x01\0\x01\xff\xffa\0\0\x80\x02", "latin1"),
    },
    {
      title: "a report with data after its end",
      bytes: Buffer.concat([trialBytes("a", "b", Buffer.of(0)), Buffer.of(0)]),
    },
    { title: "a report with a NUL in the user", bytes: trialBytes("a\0", "b", Buffer.of(0)) },
    { title: "a report of a user of 1 KiB", bytes: trialBytes("a".repeat(1017), undefined, Buffer.of(0)) },
    { title: "a note with data after its end", bytes: Buffer.from("EIN\x01\x00\x00", "latin1") },
    { title: "a status request with data after its end", bytes: Buffer.from("EIS\x01\x00", "latin1") },
  ])("is invalid: $title", ({ bytes }) => {
    expect(readRequest(bytes)).toBe("malformed");
  });

  test("of 1 KiB is valid", () => {
    expect(readRequest(callBytes("a".repeat(1016)))).toEqual({
      kind: "call",
      request: { user: "a".repeat(1016), fingerprint: undefined },
    });
  });

  test("in invalid UTF-8 has replacement characters, as in Node's arguments", () => {
    const bytes = Buffer.concat([Buffer.from("EIC\x01\x00\x02\xff\xff", "latin1"), Buffer.of(0x61, 0xff)]);
    expect(readRequest(bytes)).toEqual({ kind: "call", request: { user: "a\ufffd", fingerprint: undefined } });
  });

  test("for the status has four bytes", () => {
    expect(readRequest(Buffer.from("EIS\x01", "latin1"))).toEqual({ kind: "status" });
    expect(readRequest(Buffer.from("EIS", "latin1"))).toBe("unfinished");
    expect(readRequest(Buffer.from("EI", "latin1"))).toBe("unfinished");
  });

  test.each([
    { code: 0, ending: "keys" },
    { code: 1, ending: "without-keys" },
    { code: 2, ending: "failed" },
  ])("of five bytes is a one-shot program's note: $code is $ending", ({ code, ending }) => {
    const bytes = Buffer.from([0x45, 0x49, 0x4e, 1, code]);
    expect(readRequest(bytes)).toEqual({ kind: "note", ending });
    for (let end = 0; end < bytes.length; end += 1) expect(readRequest(bytes.subarray(0, end))).toBe("unfinished");
  });

  test.each([
    { code: 16, comparison: "agrees" },
    { code: 17, comparison: "differs" },
    { code: 18, comparison: "unanswered" },
    { code: 19, comparison: "not-compared" },
  ])("of five bytes is the note of a trial: $code is $comparison", ({ code, comparison }) => {
    expect(readRequest(Buffer.from([0x45, 0x49, 0x4e, 1, code]))).toEqual({ kind: "trial-note", comparison });
  });

  test("with the report of a trial is read completely, and not before its last byte", () => {
    const output = fc.uint8Array({ maxLength: 200 });
    fc.assert(
      fc.property(text, fc.option(text, { nil: undefined }), output, (user, fingerprint, bytes) => {
        const whole = trialBytes(user, fingerprint, Buffer.from([0, ...bytes]));
        const report = { ending: "succeeded", output: Buffer.from(bytes).toString("latin1") };
        expect(readRequest(whole)).toEqual({ kind: "trial", request: { user, fingerprint }, report });
        for (let end = 0; end < whole.length; end += 1) expect(readRequest(whole.subarray(0, end))).toBe("unfinished");
      }),
    );
    const longest = trialBytes("a".repeat(1016), undefined, Buffer.alloc(1 + 32 * 1024, 0));
    expect(readRequest(longest)).toMatchObject({ kind: "trial" });
  });

  test("no bytes make it throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1100 }), fc.constantFrom("", "EIC\x01", "EIT\x01"), (bytes, begun) => {
        const all = Buffer.concat([Buffer.from(begun, "latin1"), bytes]);
        expect(["malformed", "unfinished", "object"]).toContain(
          typeof readRequest(all) === "object" ? "object" : readRequest(all),
        );
      }),
    );
  });
});

describe("an answer", () => {
  test.each([
    { outcome: "answered", lines: "", hex: "454943010000000000000000" },
    { outcome: "answered", lines: "ab\n", hex: "45494301000000000000000361620a" },
    { outcome: "fault", lines: "", hex: "454943010100000000000000" },
    { outcome: "usage", lines: "", hex: "454943010200000000000000" },
    { outcome: "busy", lines: "", hex: "454943010300000000000000" },
  ] as const)("$outcome is $hex", ({ outcome, lines, hex }) => {
    expect(answerFrame(outcome, lines).toString("hex")).toBe(hex);
  });

  test("with the status is read only if it is complete", () => {
    const frame = statusFrame('{"a":"ü"}');
    expect(readStatus(frame)).toBe('{"a":"ü"}');
    for (let end = 0; end < frame.length; end += 1) expect(readStatus(frame.subarray(0, end))).toBeUndefined();
    expect(readStatus(Buffer.concat([frame, Buffer.of(0)]))).toBeUndefined();
    expect(readStatus(answerFrame("answered"))).toBeUndefined();
  });
});
