/** Cases at the limits of work (docs/protocol.md#limits-and-deadlines): the maximum, and one more. */

import { accepted, type Case, type Expected, fault, refused } from "./case.ts";
import type { CaseBuilder, Chain } from "./case-builder.ts";
import type { CertificateChanges } from "./shapes.ts";
import { SIGNER_NAME } from "./shapes.ts";
import { ED25519 } from "./ssh-keys.ts";

type Extensions = CertificateChanges["extensions"] & object;

const times = (count: number, make: (i: number) => string): string[] =>
  Array.from({ length: count }, (_, i) => make(i));

/** Makes a case whose signer's certificate has these extensions. If it must fail, no other certificate is served. */
const signer = (name: string, extensions: Extensions, expects: Expected): Case => ({
  name: `bound-${name}`,
  make: (b) =>
    b.scene({ leaf: { extensions }, list: (c) => (expects === accepted ? [c.leaf, c.intermediate] : [c.leaf]) }),
  expects,
});

const names = (count: number): Extensions => ({
  subjectAltName: times(count, (i) => `DNS:${i === 0 ? SIGNER_NAME : `other-${i}.example`}`).join(","),
});
const purposes = (count: number): Extensions => ({
  extendedKeyUsage: ["serverAuth", ...times(count - 1, (i) => `1.3.6.1.4.1.99999.${i}`)].join(","),
});
/** Returns a key usage, a BIT STRING of that many bytes with the first bit (digitalSignature) and the last bit set. */
const usage = (bytes: number): Extensions => {
  const content = [0, 0x80, ...Array<number>(bytes - 2).fill(0), 1];
  const hex = [3, content.length, ...content].map((byte) => byte.toString(16).padStart(2, "0"));
  return { keyUsage: undefined, "2.5.29.15": `critical,DER:${hex.join(":")}` };
};
/** Extensions in addition to the four of the signer's certificate, and two that openssl may add. */
const extensions = (count: number): Extensions =>
  Object.fromEntries(times(count, (i) => `1.3.6.1.4.1.99999.${i}`).map((id) => [id, "ASN1:NULL"]));

const CERTIFICATES: readonly Case[] = [
  signer("sixteen-names", names(16), accepted),
  signer("seventeen-names", names(17), fault("SIGNER_MALFORMED")),
  signer("thirty-two-purposes", purposes(32), accepted),
  signer("thirty-three-purposes", purposes(33), fault("SIGNER_MALFORMED")),
  signer("key-usage-of-four-bytes", usage(4), accepted),
  signer("key-usage-of-five-bytes", usage(5), fault("SIGNER_MALFORMED")),
  signer("thirty-extensions", extensions(26), accepted),
  signer("thirty-four-extensions", extensions(30), fault("SIGNER_MALFORMED")),
  {
    name: "bound-exponent-of-thirty-three-bits",
    make: (b) => b.scene({ leaf: { key: { kind: "rsa-exponent-33-bits" } } }),
    expects: fault("SIGNER_KEY"),
  },
];

/** Makes a case in which one staple has `count` answers: about the leaf and about other certificates of its issuer. */
const answers = (count: number, expects: Expected): Case => ({
  name: `bound-${count}-answers-in-a-staple`,
  make: (b) =>
    b.scene({
      staples: async (c) => {
        const serials = times(count - 1, (i) => `5B${i.toString(16).padStart(2, "0")}`);
        const others = await Promise.all(serials.map((serial) => b.leaf(c.intermediate, { serial })));
        const [, second] = await b.staples(c);
        if (second === undefined) throw new Error("no second staple");
        return [await b.staple({ of: [c.leaf, ...others], issuer: c.intermediate }), second];
      },
    }),
  expects,
});

/** Puts `count` staples about the leaf by an unauthorized responder before the good ones; names do not distinguish them. */
async function crowded(b: CaseBuilder, c: Chain, count: number) {
  const stranger = await b.intermediate(c.root, { key: { of: "stranger" } });
  const forged = await b.staple({ of: [c.leaf], issuer: c.intermediate, responder: stranger, bare: true });
  return [
    ...times(count, (i) => `forged-${i}`).map((name) => ({ ...forged, name })),
    ...(await b.staples(c)).map((staple, i) => ({ ...staple, name: `good-${i}` })),
  ];
}

const STAPLES: readonly Case[] = [
  answers(4, accepted),
  answers(5, fault("STAPLE_MALFORMED")),
  {
    name: "bound-eight-forged-staples-and-a-good-one",
    make: (b) => b.scene({ staples: (c) => crowded(b, c, 8) }),
    expects: accepted,
  },
  {
    name: "bound-twenty-five-forged-staples-and-a-good-one",
    make: (b) => b.scene({ staples: (c) => crowded(b, c, 25) }),
    expects: fault("STAPLE_RESPONDER"),
  },
];

const DOCUMENTS: readonly Case[] = [
  {
    name: "bound-2305-blocks",
    make: (b) => b.scene({ keys: Buffer.from("a\n\n".repeat(2305)) }),
    expects: fault("METADATA_TOO_LARGE"),
  },
  {
    name: "bound-32769-lines",
    make: (b) => b.scene({ keys: Buffer.from("\n".repeat(32_769)) }),
    expects: fault("METADATA_TOO_LARGE"),
  },
  {
    name: "bound-key-line-of-8192-characters",
    make: (b) => b.scene({ blocks: [{ line: `${ED25519} ${"c".repeat(8191 - ED25519.length)}` }] }),
    expects: accepted,
  },
  {
    name: "bound-key-line-of-8193-characters",
    make: (b) => b.scene({ blocks: [{ line: `${ED25519} ${"c".repeat(8192 - ED25519.length)}` }] }),
    expects: refused("broken-block"),
  },
];

export const BOUNDS: readonly Case[] = [...CERTIFICATES, ...STAPLES, ...DOCUMENTS];
