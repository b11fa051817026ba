/** The table of all cases. */
import { BOUNDS } from "./bounds.ts";
import type { Case } from "./case.ts";
import { CHAIN_BAD } from "./chain-bad.ts";
import { CHAIN_GOOD } from "./chain-good.ts";
import { DOCUMENT } from "./document.ts";
import { KEY_LINE } from "./key-line.ts";
import { METADATA } from "./metadata.ts";
import { POLICY } from "./policy.ts";
import { SIGNATURE } from "./signature.ts";
import { SIGNER } from "./signer.ts";
import { STAPLES_BAD } from "./staples-bad.ts";
import { STAPLES_GOOD } from "./staples-good.ts";
import { TIMES } from "./times.ts";
import { USER } from "./user.ts";

export const CASES: readonly Case[] = [
  ...DOCUMENT,
  ...TIMES,
  ...KEY_LINE,
  ...POLICY,
  ...SIGNATURE,
  ...METADATA,
  ...SIGNER,
  ...CHAIN_GOOD,
  ...CHAIN_BAD,
  ...STAPLES_GOOD,
  ...STAPLES_BAD,
  ...BOUNDS,
  ...USER,
];

const names = CASES.map(({ name }) => name);
const twice = names.find((name, i) => names.indexOf(name) !== i);
if (twice !== undefined) throw new Error(`two cases are called ${twice}`);
