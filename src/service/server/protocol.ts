/**
 * Encodes and decodes the bytes on the socket: requests and answers. Pure. docs/relay.md describes the format of calls and
 * notes, docs/service.md that of status.
 */
import { COMPARISONS, type Comparison } from "../../trial/comparison.ts";
import { MAX_REPORT, parseReport, type Report } from "../../trial/report.ts";
import type { Request } from "../../verify/evidence.ts";
import { NOTE, NOTED_ENDINGS, NOTED_TRIALS, type NotedEnding } from "./note.ts";

/** Three letters and the version. */
const CALL = Buffer.from("EIC\x01", "latin1");
const STATUS = Buffer.from("EIS\x01", "latin1");
const NOTED = Buffer.from(NOTE);
const TRIAL = Buffer.from("EIT\x01", "latin1");

/** Maximum bytes of a request; sshd's user names and fingerprints are far shorter. */
const MAX_REQUEST = 1024;
/** A report of a trial follows its length, of four bytes. */
const MAX_TRIAL = MAX_REQUEST + 4 + MAX_REPORT;

const HEADER = 8;
/** Replaces the fingerprint's length if no fingerprint was given, which is not the same as an empty fingerprint. */
const NO_FINGERPRINT = 0xffff;

export type CallRequest =
  | { readonly kind: "call"; readonly request: Request }
  | { readonly kind: "status" }
  /** A one-shot program has answered a call and expects no reply. */
  | { readonly kind: "note"; readonly ending: NotedEnding }
  /** The same for a report of a trial. */
  | { readonly kind: "trial-note"; readonly comparison: Comparison }
  | { readonly kind: "trial"; readonly request: Request; readonly report: Report };

/** Returns the maximum bytes of a request that begins like this. */
const maxRequest = (bytes: Buffer): number => (bytes.subarray(0, TRIAL.length).equals(TRIAL) ? MAX_TRIAL : MAX_REQUEST);

/** Parses all bytes received so far. After `malformed` the connection is closed without an answer. */
export function readRequest(bytes: Buffer): CallRequest | "unfinished" | "malformed" {
  if (bytes.length > maxRequest(bytes)) return "malformed";
  const magic = bytes.subarray(0, CALL.length);
  if (bytes.equals(STATUS)) return { kind: "status" };
  if (magic.length < CALL.length) {
    const mayBecome = [CALL, STATUS, NOTED, TRIAL].some((whole) => whole.subarray(0, magic.length).equals(magic));
    return mayBecome ? "unfinished" : "malformed";
  }
  if (magic.equals(NOTED)) return readNote(bytes);
  if (magic.equals(TRIAL)) return readTrial(bytes);
  return magic.equals(CALL) ? readCall(bytes) : "malformed";
}

function readNote(bytes: Buffer): CallRequest | "unfinished" | "malformed" {
  const [code, ...more] = bytes.subarray(NOTED.length);
  if (code === undefined) return "unfinished";
  const ending = NOTED_ENDINGS[code];
  const comparison = COMPARISONS[code - NOTED_TRIALS];
  if (more.length > 0) return "malformed";
  if (comparison !== undefined) return { kind: "trial-note", comparison };
  return ending === undefined ? "malformed" : { kind: "note", ending };
}

function readCall(bytes: Buffer): CallRequest | "unfinished" | "malformed" {
  const end = endOfCall(bytes);
  if (end === undefined) return "unfinished";
  return bytes.length > end ? "malformed" : readArguments(bytes, end);
}

/** Returns the length of the request without a report; undefined if it has not arrived. */
const endOfCall = (bytes: Buffer): number | undefined => {
  if (bytes.length < HEADER) return undefined;
  const told = bytes.readUInt16BE(6);
  return HEADER + bytes.readUInt16BE(4) + (told === NO_FINGERPRINT ? 0 : told);
};

/** The same as a call, with another magic, then the report's length and the report. */
function readTrial(bytes: Buffer): CallRequest | "unfinished" | "malformed" {
  const end = endOfCall(bytes);
  if (end === undefined) return "unfinished";
  const call = readArguments(bytes.subarray(0, end), end);
  if (call === "malformed" || call === "unfinished") return call;
  if (bytes.length < end + 4) return "unfinished";
  const length = bytes.readUInt32BE(end);
  const whole = end + 4 + length;
  if (length > MAX_REPORT || bytes.length > whole) return "malformed";
  if (bytes.length < whole) return "unfinished";
  const report = parseReport(bytes.subarray(end + 4));
  return report === undefined ? "malformed" : { kind: "trial", request: call.request, report };
}

type CallForKeys = CallRequest & { kind: "call" };

function readArguments(bytes: Buffer, end: number): CallForKeys | "unfinished" | "malformed" {
  const userEnd = HEADER + bytes.readUInt16BE(4);
  const told = bytes.readUInt16BE(6);
  if (end > MAX_REQUEST) return "malformed";
  // A program's argument cannot contain a NUL byte.
  if (bytes.includes(0, HEADER)) return "malformed";
  if (bytes.length < end) return "unfinished";
  // As Node reads arguments: UTF-8, with a replacement character for invalid bytes.
  const user = bytes.toString("utf8", HEADER, userEnd);
  const fingerprint = told === NO_FINGERPRINT ? undefined : bytes.toString("utf8", userEnd, end);
  return { kind: "call", request: { user, fingerprint } };
}

/** Values of the first byte after the magic of an answer. */
const STATUS_CODES = { answered: 0, fault: 1, usage: 2, busy: 3 } as const;
export type OutcomeName = keyof typeof STATUS_CODES;

/** @param lines only for `answered` */
export const answerFrame = (outcome: OutcomeName, lines = ""): Buffer =>
  frame(CALL, STATUS_CODES[outcome], Buffer.from(lines, "latin1"));

export const statusFrame = (json: string): Buffer => frame(STATUS, STATUS_CODES.answered, Buffer.from(json));

function frame(magic: Buffer, status: number, body: Buffer): Buffer {
  const head = Buffer.alloc(12);
  magic.copy(head);
  head.writeUInt8(status, 4);
  head.writeUInt32BE(body.length, 8);
  return Buffer.concat([head, body]);
}

export const STATUS_REQUEST = STATUS;

/** Returns the body of a complete answer to STATUS_REQUEST; undefined for anything else. */
export function readStatus(bytes: Buffer): string | undefined {
  const head = bytes.subarray(0, 12);
  if (head.length < 12 || !head.subarray(0, 4).equals(STATUS) || head.readUInt32BE(4) !== 0) return undefined;
  return bytes.length === 12 + head.readUInt32BE(8) ? bytes.toString("utf8", 12) : undefined;
}
