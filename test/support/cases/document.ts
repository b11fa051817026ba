/** Cases about the key document: its grammar, its fields, and several keys in one document. */
import { CALLER_LINE, ending, INSTANCE_LINE, REQUEST_LINE, timestamp, usualFields } from "./blocks.ts";
import { accepted, type Case, refused } from "./case.ts";
import { ED25519, ED25519_MD5, ED25519_SHA256, RSA, SECOND, SECOND_SHA256 } from "./ssh-keys.ts";

const GRAMMAR: readonly Case[] = [
  { name: "one-key", make: (b) => b.scene(), expects: accepted },
  {
    name: "unknown-fields",
    make: (b) => b.scene({ blocks: [{ fields: (at) => ["#Later=x", ...usualFields(at), "#Empty=", "#A=b=c"] }] }),
    expects: accepted,
  },
  {
    name: "no-caller-and-no-request",
    make: (b) => b.scene({ blocks: [{ fields: (at) => [timestamp(at), INSTANCE_LINE] }] }),
    expects: accepted,
  },
  {
    name: "wrapped-signature",
    make: (b) => b.scene({ blocks: [{ signature: (base64) => base64.replace(/.{76}/g, "$&\n") }] }),
    expects: accepted,
  },
  {
    name: "no-final-newline",
    make: async (b) => {
      const scene = await b.scene();
      return { ...scene, served: { ...scene.served, keys: scene.served.keys.subarray(0, -1) } };
    },
    expects: accepted,
  },
  {
    name: "empty-lines-around",
    make: async (b) => {
      const scene = await b.scene({ blocks: [{}, { line: RSA }] });
      const keys = Buffer.from(`\n\n${scene.served.keys.toString("latin1").replace("\n\n", "\n\n\n\n")}\n\n`, "latin1");
      return { ...scene, served: { ...scene.served, keys } };
    },
    expects: { verdicts: ["accepted", "accepted"] },
  },
  {
    name: "several-keys",
    make: (b) => b.scene({ blocks: [{}, { line: RSA }, { line: SECOND }] }),
    expects: { verdicts: ["accepted", "accepted", "accepted"] },
  },
  {
    name: "the-same-key-twice",
    make: (b) => b.scene({ blocks: [{}, { fields: ending(20) }] }),
    expects: { verdicts: ["accepted", "accepted"] },
  },
  {
    name: "bad-keys-among-good",
    make: (b) =>
      b.scene({
        blocks: [
          { served: (text) => text.replace("Admin", "Root") },
          {},
          { served: (text) => text.replace("#Caller=", "#Caller ") },
          { line: RSA },
          { fields: ending(-1) },
          { line: SECOND },
          { signature: () => "AAAA" },
        ],
      }),
    expects: {
      verdicts: ["bad-signature", "accepted", "broken-block", "accepted", "expired", "accepted", "signature-length"],
    },
  },
];

const BROKEN: readonly (readonly [name: string, served: (text: string) => string])[] = [
  ["field-without-value", (text) => `#Later\n${text}`],
  ["field-without-name", (text) => `#=x\n${text}`],
  ["field-twice", (text) => `${INSTANCE_LINE}\n${text}`],
  ["timestamp-twice", (text) => `#Timestamp=9999999999\n${text}`],
  ["fields-without-a-key", () => `${INSTANCE_LINE}\n\n${INSTANCE_LINE}\n${ED25519}\n`],
  ["nul-in-a-field", (text) => text.replace("Admin", "Ad\0min")],
  ["escape-in-a-field", (text) => text.replace("Admin", "\x1b[2J")],
  ["tab-in-a-field", (text) => text.replace("Admin", "\t")],
  ["carriage-returns", (text) => text.replaceAll("\n", "\r\n")],
];

const broken: readonly Case[] = [
  ...BROKEN.map(([name, served]): Case => {
    const blocks = [{ served }, {}];
    const first =
      name === "fields-without-a-key" ? (["broken-block", "bad-signature"] as const) : (["broken-block"] as const);
    return { name: `broken-${name}`, make: (b) => b.scene({ blocks }), expects: { verdicts: [...first, "accepted"] } };
  }),
  {
    name: "broken-no-signature",
    make: (b) => b.scene({ blocks: [{ signature: () => "" }] }),
    expects: refused("broken-block"),
  },
  {
    name: "broken-signature-not-base64",
    make: (b) => b.scene({ blocks: [{ signature: (base64) => `${base64.slice(0, -2)}==\n=` }] }),
    expects: refused("broken-block"),
  },
  {
    name: "broken-text-after-the-signature",
    make: (b) => b.scene({ blocks: [{ signature: (base64) => `${base64}\nssh-ed25519 AAAA` }] }),
    expects: refused("broken-block"),
  },
  {
    // A lax base64 decoder would decode it to the same signature.
    name: "broken-signature-of-another-spelling",
    make: (b) => b.scene({ blocks: [{ signature: (base64) => base64.replace(/(.)==$/, (_, c) => `${odd(c)}==`) }] }),
    expects: refused("broken-block"),
  },
  {
    name: "not-a-document",
    make: (b) => b.scene({ keys: Buffer.from("<html><body>It works</body></html>\n") }),
    expects: refused("broken-block"),
  },
];

/** Returns the next base64 digit: it decodes to the same bytes, but a pad bit is not zero. */
function odd(digit: string): string {
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  return digits.charAt(digits.indexOf(digit) + 1);
}

const OFFERED: readonly Case[] = [
  { name: "offered-by-sha256", make: (b) => b.scene({ fingerprint: ED25519_SHA256 }), expects: accepted },
  { name: "offered-by-md5", make: (b) => b.scene({ fingerprint: ED25519_MD5 }), expects: accepted },
  {
    name: "offered-by-md5-in-upper-case",
    make: (b) => b.scene({ fingerprint: `MD5:${ED25519_MD5.slice(4).toUpperCase()}` }),
    expects: accepted,
  },
  {
    name: "offered-in-a-form-that-is-not-known",
    make: (b) => b.scene({ fingerprint: "SHA512:AAAA", blocks: [{}, { line: SECOND }] }),
    expects: { verdicts: ["accepted", "accepted"] },
  },
  {
    name: "offered-second-of-three",
    make: (b) => b.scene({ fingerprint: SECOND_SHA256, blocks: [{}, { line: SECOND }, { line: RSA }] }),
    expects: { verdicts: ["another-key", "accepted", "another-key"] },
  },
  {
    // The caller who pushes a key chooses its comment: it must not make one key match as another.
    name: "offered-key-in-the-comment-of-another",
    make: (b) => b.scene({ fingerprint: SECOND_SHA256, blocks: [{ line: `${ED25519} ${SECOND.split(" ")[1]}` }] }),
    expects: refused("another-key"),
  },
];

const FIELDS: readonly Case[] = [
  {
    name: "no-timestamp",
    make: (b) => b.scene({ blocks: [{ fields: () => [INSTANCE_LINE, CALLER_LINE, REQUEST_LINE] }] }),
    expects: refused("no-timestamp"),
  },
  {
    name: "no-instance",
    make: (b) => b.scene({ blocks: [{ fields: (at) => [timestamp(at), CALLER_LINE] }] }),
    expects: refused("no-instance"),
  },
  {
    name: "field-names-are-case-sensitive",
    make: (b) => b.scene({ blocks: [{ fields: (at) => [timestamp(at).toLowerCase(), INSTANCE_LINE] }] }),
    expects: refused("no-timestamp"),
  },
  ...["i-0abcdef1234567891", "i-0ABCDEF1234567890", "", " i-0abcdef1234567890", "i-0abcdef1234567890 "].map(
    (id, i): Case => ({
      name: `wrong-instance-${i + 1}`,
      make: (b) => b.scene({ blocks: [{ fields: (at) => [timestamp(at), `#Instance=${id}`] }] }),
      expects: refused("wrong-instance"),
    }),
  ),
];

export const DOCUMENT: readonly Case[] = [...GRAMMAR, ...broken, ...OFFERED, ...FIELDS];
