/** Key documents of 1 MiB. */
import { randomBytes } from "node:crypto";
import { LIMIT } from "../../../src/metadata/fetch.ts";
import { keyLine } from "../keys.ts";
import type { Costly } from "./inputs.ts";
import { block, evidence, FIELDS, OFFERED, REQUEST } from "./world.ts";

/** Repeats the text as often as it fits into the limit. */
const full = (text: string): string => text.repeat(Math.floor(LIMIT.keys / text.length));

const document = (name: string, make: () => string, request = REQUEST): Costly => ({
  ...{ name: `document: ${name}`, request },
  evidence: () => evidence({ keys: Buffer.from(make(), "latin1") }),
});

const ANY = { user: REQUEST.user, fingerprint: undefined };
const forged = (line: string): string => `${FIELDS}${line}\n${Buffer.alloc(256, 0x55).toString("base64")}\n\n`;
/** Returns that many words that look like keys but are not. */
const words = (count: number): string =>
  Array.from({ length: count }, () => `AAAA${randomBytes(24).toString("base64")}`).join(" ");
/** Returns a key line with the key type, followed by empty parts only. */
const hollow = (parts: number): string => {
  const type = Buffer.from("\0\0\0\x0bssh-ed25519");
  return `ssh-ed25519 ${Buffer.concat([type, Buffer.alloc(4 * parts)]).toString("base64")}`;
};

export const DOCUMENTS: readonly Costly[] = [
  document("one line of words", () => full("abc ")),
  document("one line of words that begin as a key does", () => words(27_000)),
  document("lines of words that begin as a key does", () => full(`${forged(words(200))}`)),
  document("one word that begins as a key does", () => full("A")),
  document("one line of blanks", () => full(" ")),
  document("blocks of one letter", () => full("a\n\n")),
  document("lines of one letter", () => full("a\n")),
  document("empty lines", () => full("\n")),
  document("lines that are empty fields", () => full("#\n")),
  document("blocks of sixty-four fields", () =>
    full(`${Array.from({ length: 64 }, (_, i) => `#${i}=x\n`).join("")}${OFFERED}\nAAAA\n\n`),
  ),
  document("forged signatures for the offered key", () => full(forged(OFFERED))),
  document("forged signatures, and no key is named", () => full(forged("a")), ANY),
  document("other keys", () => full(forged(keyLine("another")))),
  document("other keys, each in a comment of eight hundred words", () =>
    full(forged(`${keyLine("another")} ${"word ".repeat(800)}`)),
  ),
  document("signed keys behind two thousand words", () => full(block(`${"a ".repeat(2000)}${OFFERED}`)), ANY),
  document("signed keys of a thousand empty parts", () => full(block(hollow(1000))), ANY),
  document("good keys, and no key is named", () => full(block(OFFERED)), ANY),
];
