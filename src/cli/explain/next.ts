/** sshd's next step, as the last lines of an explanation: accepts, refuses, or not known, with the reason. Pure. */
import type { Explanation } from "../../explain/explanation.ts";
import type { KeyNext, NextReport, Reason } from "../../explain/next-report.ts";
import { type Colour, fold, safe, type TextStyle } from "../text.ts";
import { hintLines, INDENT } from "./layout.ts";

const COLOURS: Readonly<Record<KeyNext["outcome"], Colour>> = {
  accepts: "green",
  refuses: "red",
  "not-known": "yellow",
};

/**
 * Returns the lines about sshd's next step.
 * @param head the number of accepted keys, as text
 */
export function nextLines(head: string, { sshd }: Pick<Explanation, "sshd">, style: TextStyle): string[] {
  if (sshd === null) return painted(`${head}; sshd's own rules were not checked`, "yellow", style);
  const { keys } = sshd;
  const [first] = keys;
  if (first === undefined) return painted(head, "yellow", style);
  const isOne = keys.every(
    (key) => key.outcome === first.outcome && key.reasons[0]?.message === first.reasons[0]?.message,
  );
  if (isOne) {
    return [
      ...keyNextLines(`${head}; `, keys.length === 1 ? "it" : "them", first, style),
      ...penaltyLines(sshd, style),
    ];
  }
  const each = keys.flatMap((key) => keyNextLines("", safe(key.fingerprint), key, style));
  return [...painted(head, COLOURS[sshd.outcome], style), ...each, ...penaltyLines(sshd, style)];
}

/** Says why a client may be rejected before it can offer a key. Empty if every key is refused anyway. */
function penaltyLines({ outcome, penalties }: NextReport, { width }: TextStyle): string[] {
  if (outcome === "refuses" || penalties === null) return [];
  return fold(`before it asks for a key (PerSourcePenalties): ${safe(penalties)}`, width, INDENT, "  ");
}

function keyNextLines(head: string, name: string, { outcome, reasons }: KeyNext, style: TextStyle): string[] {
  const [reason, ...others] = reasons;
  const colour = outcome === "accepts" && reason !== undefined ? "yellow" : COLOURS[outcome];
  const why = reason === undefined ? "" : safe(reason.message);
  const text = {
    accepts: `sshd will accept ${name}${why === "" ? "" : `, and then: ${why}`}`,
    refuses: `sshd will refuse ${name}: ${why}`,
    "not-known": `whether sshd will accept ${name} is not known: ${why}`,
  }[outcome];
  return [
    ...painted(`${head}${text}`, colour, style),
    ...(reason === undefined ? [] : reasonLines(reason, style)),
    ...others.flatMap((other) => [
      ...fold(`and: ${safe(other.message)}`, style.width, INDENT, "  "),
      ...reasonLines(other, style),
    ]),
  ];
}

function reasonLines({ log, hint }: Reason, { width }: TextStyle): string[] {
  const logged = log === null ? [] : fold(`sshd's log: ${safe(log)}`, width, INDENT + 2, "  ");
  return [...logged, ...(hint === "" ? [] : hintLines(safe(hint), INDENT, width))];
}

/** For a call without an accepted key: reasons for which sshd would refuse one, too. */
export function withoutKeyLines({ sshd }: Pick<Explanation, "sshd">, style: TextStyle): string[] {
  const reasons = sshd === null ? [] : refusing(sshd);
  return reasons.flatMap((reason) => [
    ...painted(`sshd would refuse a pushed key, too: ${safe(reason.message)}`, "red", style),
    ...reasonLines(reason, style),
  ]);
}

const refusing = ({ reasons }: NextReport): readonly Reason[] => reasons.filter(({ verdict }) => verdict === "refuses");

const painted = (text: string, colour: Colour, { width, paint }: TextStyle): string[] =>
  fold(text, width, INDENT, "").map((line) => paint(colour, line));
