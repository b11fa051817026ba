/** Each pushed key as text: accepted with the seconds left, or refused with reason, facts and what to do. Pure. */
import type { Explanation } from "../../explain/explanation.ts";
import type { KeyReport } from "../../explain/keys.ts";
import { type Colour, fold, safe, type TextStyle } from "../text.ts";
import { hintLines, INDENT, NESTED_INDENT, section } from "./layout.ts";

type Accepted = Extract<KeyReport, { verdict: "accepted" }>;
type Refused = Extract<KeyReport, { verdict: "refused" }>;

export function keyLines({ keys, unverifiedFingerprints, verified, anchors }: Explanation, style: TextStyle): string[] {
  // Not green if only the capture file itself vouches for the keys.
  const good = verified && anchors !== "capture" ? "green" : "yellow";
  const lines = keys.flatMap((key) =>
    key.verdict === "accepted" ? acceptedLines(key, good, style) : refusedLines(key, style),
  );
  const title = verified ? "keys" : "keys, as RECORDED when the capture was made: not proven";
  if (keys.length > 0) return section(title, verified ? [...lines, ...userLines(keys, style)] : lines, style);
  return section(
    "keys in the document, not verified",
    unverifiedFingerprints.map((fingerprint) => `  ${fingerprint}`),
    style,
  );
}

function acceptedLines(key: Accepted, good: Colour, { paint, width }: TextStyle): string[] {
  const reported =
    key.reported === null
      ? []
      : fold(`[policy] mode is report; otherwise refused: ${safe(key.reported.message)}`, width, NESTED_INDENT);
  return [
    `  ${paint(good, "accepted")}  ${safe(key.fingerprint)}  ${key.secondsLeft} s left`,
    ...originLines(key, width),
    ...optionsLines(key, width),
    ...reported,
  ];
}

/** The options that sshd gets in front of the key, and the rule that they are from. */
function optionsLines({ options, rule, leftOut }: Accepted, width: number): string[] {
  const by = rule === null ? [] : [`allowed by rule ${rule} of [policy]`];
  const given = options === null ? [] : [`options: ${safe(options)}`];
  const without =
    leftOut.length === 0 ? [] : [`not set, since its value does not fit: ${leftOut.map(safe).join(", ")}`];
  return [...by, ...given, ...without].flatMap((text) => fold(text, width, NESTED_INDENT));
}

/** Says how the user, who is not signed, can be verified: docs/protocol.md#the-user-is-not-signed. */
function userLines(keys: readonly KeyReport[], { width }: TextStyle): string[] {
  if (!keys.some((key) => key.verdict === "accepted" && key.requestId !== null)) return [];
  const text =
    "the user of a pushed key is not signed: CloudTrail's SendSSHPublicKey event with that request id names caller and user";
  return fold(text, width, INDENT, "  ");
}

function refusedLines(key: Refused, { paint, width }: TextStyle): string[] {
  const { fingerprint, claimed, line, reason, message, facts, hint } = key;
  const name = fingerprint ?? (claimed === null ? `the block at line ${line}` : `${claimed} (claimed, not proven)`);
  const told = Object.entries(facts).map(([fact, value]) => `${fact} ${safe(String(value))}`);
  return [
    `  ${paint("red", "refused")}   ${safe(name)}`,
    ...fold(`${reason}: ${safe(message)}`, width, NESTED_INDENT),
    ...(told.length === 0 ? [] : fold(told.join(", "), width, NESTED_INDENT)),
    ...originLines(key, width),
    ...hintLines(hint, NESTED_INDENT, width),
  ];
}

function originLines({ caller, requestId }: Pick<KeyReport, "caller" | "requestId">, width: number): string[] {
  const who = caller === null ? [] : [`pushed by ${safe(caller)}`];
  const request = requestId === null ? [] : [`request ${safe(requestId)}`];
  return [...who, ...request].flatMap((text) => fold(text, width, NESTED_INDENT));
}
