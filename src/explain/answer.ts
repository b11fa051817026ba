/** The answer of a whole call, as plain data: judged, silent, or a Fault; each with what to do next. Pure. */
import * as v from "valibot";
import type { NoKeyReason } from "../authorize.ts";
import { FAULTS, type Fault, type FaultCode } from "../verify/errors.ts";
import type { KeyReport } from "./keys.ts";
import { NO_KEY_MESSAGES } from "./no-key-messages.ts";

const text = v.pipe(v.string(), v.maxLength(8192));

const code = v.custom<FaultCode>((given) => typeof given === "string" && Object.hasOwn(FAULTS, given));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** The shape of an answer in a capture. */
export const answerShape = v.variant("kind", [
  v.strictObject({ kind: v.literal("judged"), accepted: count, refused: count }),
  v.strictObject({
    kind: v.literal("no-keys"),
    why: v.custom<NoKeyReason>((why) => typeof why === "string" && Object.hasOwn(NO_KEY_MESSAGES, why)),
    message: text,
    hint: text,
  }),
  v.strictObject({
    kind: v.literal("fault"),
    code,
    message: text,
    facts: v.record(v.pipe(v.string(), v.maxLength(100)), v.union([text, v.number()])),
    hint: text,
  }),
]);

export type AnswerReport = v.InferOutput<typeof answerShape>;

export const noKeysAnswer = (why: NoKeyReason): AnswerReport => ({ kind: "no-keys", why, ...NO_KEY_MESSAGES[why] });

export const faultAnswer = ({ code: found, message, facts, hint }: Fault): AnswerReport => ({
  kind: "fault",
  code: found,
  message,
  facts: { ...facts },
  hint,
});

export function judgedAnswer(keys: readonly KeyReport[]): AnswerReport {
  const accepted = keys.filter(({ verdict }) => verdict === "accepted").length;
  return { kind: "judged", accepted, refused: keys.length - accepted };
}
