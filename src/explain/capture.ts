/**
 * The capture file: its shape, checked strictly by valibot. Its author can have written anything. Everything read here is
 * bounded and has the right types, and is trusted no further than its signatures reach (docs/cli.md#capture).
 */
import * as v from "valibot";
import type { Identity } from "../host/instance.ts";
import { present } from "../present.ts";
import { keyOptionsFlaw } from "../settings/key-options.ts";
import { FAULTS, type FaultCode } from "../verify/errors.ts";
import { INSTANCE_ID } from "../verify/evidence.ts";
import type { Policy } from "../verify/policy.ts";
import { CALLER_VARIABLE } from "../verify/ssh/session-variables.ts";
import { type AnswerReport, answerShape } from "./answer.ts";
import { type KeyReport, keyReportShape } from "./keys.ts";
import type { Failure, Recorded } from "./recording.ts";

/** Maximum bytes: everything that a call and all its retries fetch, each at its limit, in base64. */
export const CAPTURE_LIMIT = 32 * 1024 * 1024;
/** Maximum exchanges: 64 staples and the other paths, each at two addresses, with all retries, are some 200. */
const MAX_RECORDS = 400;
/** Maximum keys: the smallest block has a few dozen bytes, the document 1 MiB. */
const MAX_KEYS = 50_000;

export interface Capture {
  readonly made: { readonly at: Date; readonly version: string; readonly node: string; readonly openssl: string };
  /** True if names were replaced: the signatures of the keys are then no longer valid. */
  readonly redacted: boolean;
  readonly user: string;
  readonly instance: Identity;
  readonly rules: {
    /** PEM; undefined if the pinned roots were in force. */
    readonly anchors: string | undefined;
    readonly domains: readonly string[];
    readonly clockSkewSeconds: number;
    readonly policy: Policy;
    readonly callerVariable?: string | undefined;
  };
  /** The time as of which the call was judged when it was captured. */
  readonly judgedAt: Date;
  readonly records: readonly Recorded[];
  /** The verdicts at the time of the capture. They prove nothing. */
  readonly recorded: { readonly answer: AnswerReport; readonly keys: readonly KeyReport[] };
}

/** A file that is not a capture; the message says why. */
export class InvalidCapture extends Error {
  override readonly name = "InvalidCapture";
}

const text = (most: number) => v.pipe(v.string(), v.maxLength(most));
const time = v.pipe(
  v.string(),
  v.regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,3})?Z$/),
  v.transform((written) => new Date(written)),
  v.date("must be a time"),
);
const base64 = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9+/]*={0,2}$/),
  v.transform((written) => Buffer.from(written, "base64")),
);
const milliseconds = v.pipe(v.number(), v.minValue(0), v.maxValue(3_600_000));
const faultCode = v.custom<FaultCode>((code) => typeof code === "string" && Object.hasOwn(FAULTS, code));
const facts = v.record(text(100), v.union([text(2000), v.number()]));
const names = v.pipe(v.array(text(2048)), v.maxLength(1000));

const asked = {
  method: v.picklist(["GET", "PUT"]),
  path: v.pipe(text(1024), v.regex(/^\/latest\//)),
  origin: v.pipe(text(80), v.regex(/^(?:[0-9.]+|\[[0-9a-fA-F:.]+\]):[0-9]{1,5}$/)),
  at: time,
  milliseconds,
};

const record = v.union([
  v.strictObject({
    ...asked,
    status: v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(999)),
    date: v.nullable(text(100)),
    body: v.union([base64, v.strictObject({ token: v.picklist(["usable", "unusable"]) })]),
  }),
  v.strictObject({
    ...asked,
    failed: v.variant("kind", [
      v.strictObject({ kind: v.picklist(["connect", "refused", "broken"]), message: text(2000) }),
      v.strictObject({ kind: v.literal("fault"), code: faultCode, message: text(2000), facts, late: v.boolean() }),
    ]),
  }),
]);

/** Absent if not set, so that earlier versions can read the file. A capture may come from anywhere: as in the settings. */
const keyOptions = v.optional(
  v.pipe(
    v.string(),
    v.check((text) => keyOptionsFlaw(text) === undefined, "not options of a key"),
  ),
);

const policy = v.strictObject({
  denyUsers: names,
  allowUsers: v.nullable(names),
  rules: v.pipe(v.array(v.strictObject({ users: names, callers: names, keyOptions })), v.maxLength(1000)),
  keyOptions,
  byDefault: v.picklist(["allow", "deny"]),
  mode: v.picklist(["enforce", "report"]),
});

const instanceId = v.pipe(v.string(), v.regex(INSTANCE_ID));

const Shape = v.strictObject({
  format: v.literal("eic-agent capture"),
  version: v.literal(1),
  made: v.strictObject({ at: time, version: text(50), node: text(50), openssl: text(50) }),
  redacted: v.boolean(),
  user: text(1024),
  instance: v.union([
    v.strictObject({
      kind: v.literal("ec2"),
      id: v.nullable(instanceId),
      by: v.picklist(["setting", "dmi", "hypervisor", "unchecked"]),
    }),
    v.strictObject({ kind: v.literal("not-ec2") }),
  ]),
  rules: v.strictObject({
    anchors: v.nullable(text(1024 * 1024)),
    domains: names,
    clockSkewSeconds: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(900)),
    policy,
    callerVariable: v.optional(v.pipe(v.string(), v.regex(CALLER_VARIABLE))),
  }),
  judgedAt: time,
  records: v.pipe(v.array(record), v.maxLength(MAX_RECORDS)),
  recorded: v.strictObject({ answer: answerShape, keys: v.pipe(v.array(keyReportShape), v.maxLength(MAX_KEYS)) }),
});

/** Parses a capture. @throws InvalidCapture if the text is not exactly one capture */
export function parseCapture(json: string): Capture {
  const result = v.safeParse(Shape, parsed(json), { abortEarly: true });
  if (!result.success) {
    const [issue] = result.issues;
    throw new InvalidCapture(`${v.getDotPath(issue) ?? "the whole"}: ${issue.message.slice(0, 200)}`);
  }
  const { made, redacted, user, instance, rules, judgedAt, records, recorded } = result.output;
  return {
    made,
    redacted,
    user,
    judgedAt,
    recorded,
    instance: instance.kind === "not-ec2" ? instance : { ...instance, id: instance.id ?? undefined },
    rules: {
      domains: rules.domains,
      clockSkewSeconds: rules.clockSkewSeconds,
      anchors: rules.anchors ?? undefined,
      policy: readPolicy(rules.policy),
      callerVariable: rules.callerVariable,
    },
    records: records.map((one) =>
      "failed" in one ? { kind: "failed", ...one } : { kind: "replied", ...one, date: one.date ?? undefined },
    ),
  };
}

const readPolicy = ({ allowUsers, rules, keyOptions, ...rest }: v.InferOutput<typeof policy>): Policy => ({
  ...rest,
  allowUsers: allowUsers ?? undefined,
  rules: rules.map(({ users, callers, keyOptions }) => ({ users, callers, keyOptions })),
  keyOptions,
});

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new InvalidCapture(`not JSON: ${error instanceof Error ? error.message.slice(0, 200) : ""}`);
  }
}

/** Formats a capture as the file's text; parseCapture parses it to an equal value. */
export function printCapture(capture: Capture): string {
  const { made, redacted, user, instance, rules, judgedAt, records, recorded } = capture;
  const file: v.InferInput<typeof Shape> = {
    format: "eic-agent capture",
    version: 1,
    made: { ...made, at: made.at.toISOString() },
    redacted,
    user,
    instance: instance.kind === "not-ec2" ? instance : { ...instance, id: instance.id ?? null },
    rules: {
      anchors: rules.anchors ?? null,
      domains: [...rules.domains],
      clockSkewSeconds: rules.clockSkewSeconds,
      policy: printedPolicy(rules.policy),
      ...present({ callerVariable: rules.callerVariable }),
    },
    judgedAt: judgedAt.toISOString(),
    records: records.map(printedRecord),
    recorded: { answer: recorded.answer, keys: [...recorded.keys] },
  };
  return `${JSON.stringify(file, undefined, 1)}\n`;
}

type File = v.InferInput<typeof Shape>;

/** The file has no `kind`: a record with `failed` is a failure. */
function printedRecord(record: Recorded): File["records"][number] {
  const at = record.at.toISOString();
  if (record.kind === "failed") {
    const { kind: _kind, ...one } = record;
    return { ...one, at, failed: printedFailure(one.failed) };
  }
  const { kind: _kind, ...one } = record;
  const body = Buffer.isBuffer(one.body) ? one.body.toString("base64") : one.body;
  return { ...one, at, date: one.date ?? null, body };
}

const printedFailure = (failed: Failure) =>
  failed.kind === "fault" ? { ...failed, facts: { ...failed.facts } } : failed;

const printedPolicy = ({
  denyUsers,
  allowUsers,
  rules,
  keyOptions,
  byDefault,
  mode,
}: Policy): File["rules"]["policy"] => ({
  denyUsers: [...denyUsers],
  allowUsers: allowUsers === undefined ? null : [...allowUsers],
  rules: rules.map(({ users, callers, keyOptions }) => ({
    users: [...users],
    callers: [...callers],
    ...present({ keyOptions }),
  })),
  ...present({ keyOptions }),
  byDefault,
  mode,
});
