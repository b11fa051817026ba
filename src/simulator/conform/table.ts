/** All requirements, in the order of their reports. */
import type { Case, Requirement } from "./requirement.ts";
import { ANSWER } from "./topics/answer.ts";
import { CHAIN } from "./topics/chain.ts";
import { IDENTITY } from "./topics/identity.ts";
import { DOCUMENT } from "./topics/key-document.ts";
import { METADATA } from "./topics/metadata-service.ts";
import { REVOCATION } from "./topics/revocation.ts";
import { SIGNATURE } from "./topics/signature.ts";

export const REQUIREMENTS: readonly Requirement[] = [
  ...DOCUMENT,
  ...SIGNATURE,
  ...CHAIN,
  ...REVOCATION,
  ...IDENTITY,
  ...METADATA,
  ...ANSWER,
];

/** Returns the requirements whose ids match a pattern in which `*` is any text: "CHAIN-*". */
export function selected(pattern = "*"): readonly Requirement[] {
  const escaped = pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
  const form = new RegExp(`^(${escaped.replaceAll(",", "|")})$`, "i");
  return REQUIREMENTS.filter(({ id }) => form.test(id));
}

/** A case with its place in the table, "DOC-4.2", by which it is named in reports. */
export interface Numbered {
  readonly name: string;
  readonly id: string;
  readonly one: Case;
}

export const casesOf = (requirements: readonly Requirement[]): Numbered[] =>
  requirements.flatMap(({ id, cases }) => cases.map((one, i) => ({ name: `${id}.${i + 1}`, id, one })));
