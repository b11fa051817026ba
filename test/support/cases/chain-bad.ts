/** Cases about certificate lists without a valid path to an anchor. */

import { type Case, fault } from "./case.ts";
import type { CaseBuilder, SceneChanges } from "./case-builder.ts";
import { pemOfDer } from "./case-builder.ts";
import { deep } from "./chain-good.ts";
import { CROSS, INTERMEDIATE, LEAF, ROOT } from "./shapes.ts";

const PAST = { from: new Date("2020-01-01T00:00:00Z"), to: new Date("2021-01-01T00:00:00Z") };
const UNKNOWN = { "1.3.6.1.4.1.99999.1": "critical,ASN1:UTF8String:unknown" };
const future = (b: CaseBuilder) => ({ from: b.after(24 * 60 * 60), to: b.after(48 * 60 * 60) });

type Row = readonly [
  name: string,
  code: Parameters<typeof fault>[0],
  changes: SceneChanges | ((b: CaseBuilder) => SceneChanges),
];

const ROWS: readonly Row[] = [
  ["leaf-expired", "CHAIN_EXPIRED", { leaf: PAST }],
  [
    "leaf-expired-a-second-ago",
    "CHAIN_EXPIRED",
    (b) => ({ leaf: { ...PAST, to: b.after(-1) }, clockSkewSeconds: 900 }),
  ],
  ["intermediate-expired", "CHAIN_EXPIRED", { intermediate: PAST }],
  ["anchor-expired", "CHAIN_EXPIRED", { root: PAST }],
  ["leaf-not-yet-valid", "CHAIN_NOT_YET_VALID", (b) => ({ leaf: future(b) })],
  ["intermediate-not-yet-valid", "CHAIN_NOT_YET_VALID", (b) => ({ intermediate: future(b) })],

  ["issuer-is-no-ca", "CHAIN_NOT_CA", { intermediate: { extensions: { basicConstraints: "critical,CA:FALSE" } } }],
  [
    "issuer-without-basic-constraints",
    "CHAIN_NOT_CA",
    { intermediate: { extensions: { basicConstraints: undefined } } },
  ],
  [
    "issuer-without-cert-sign",
    "CHAIN_USAGE",
    { intermediate: { extensions: { keyUsage: "critical,digitalSignature,cRLSign" } } },
  ],
  ["issuer-without-key-usage", "CHAIN_USAGE", { intermediate: { extensions: { keyUsage: undefined } } }],
  ["issuer-for-code-signing", "CHAIN_USAGE", { intermediate: { extensions: { extendedKeyUsage: "codeSigning" } } }],
  ["anchor-without-cert-sign", "CHAIN_USAGE", { root: { extensions: { keyUsage: "critical,cRLSign" } } }],
  ["anchor-for-client-auth", "CHAIN_USAGE", { root: { extensions: { extendedKeyUsage: "clientAuth" } } }],
  [
    "anchor-path-length",
    "CHAIN_PATH_LENGTH",
    { root: { extensions: { basicConstraints: "critical,CA:TRUE,pathlen:0" } } },
  ],
  ["issuer-with-unknown-critical-extension", "CHAIN_EXTENSION", { intermediate: { extensions: UNKNOWN } }],
  ["anchor-with-unknown-critical-extension", "CHAIN_EXTENSION", { root: { extensions: UNKNOWN } }],
  [
    "issuer-with-critical-policy-constraints",
    "CHAIN_EXTENSION",
    { intermediate: { extensions: { policyConstraints: "critical,requireExplicitPolicy:0" } } },
  ],

  [
    "name-not-permitted",
    "CHAIN_NAME_CONSTRAINTS",
    { intermediate: { extensions: { nameConstraints: "critical,permitted;DNS:example.com" } } },
  ],
  [
    "name-excluded",
    "CHAIN_NAME_CONSTRAINTS",
    { intermediate: { extensions: { nameConstraints: "excluded;DNS:amazonaws.com" } } },
  ],
  [
    "name-not-permitted-by-the-anchor",
    "CHAIN_NAME_CONSTRAINTS",
    { root: { extensions: { nameConstraints: "permitted;DNS:example.com" } } },
  ],
  [
    "name-not-permitted-by-its-ending",
    "CHAIN_NAME_CONSTRAINTS",
    { root: { extensions: { nameConstraints: "permitted;DNS:azonaws.com" } } },
  ],
  [
    "other-name-not-permitted",
    "CHAIN_NAME_CONSTRAINTS",
    {
      leaf: { extensions: { subjectAltName: `${LEAF.extensions.subjectAltName},DNS:example.com` } },
      intermediate: { extensions: { nameConstraints: "permitted;DNS:amazonaws.com" } },
    },
  ],
  [
    "addresses-constrained",
    "CHAIN_NAME_CONSTRAINTS",
    { intermediate: { extensions: { nameConstraints: "critical,excluded;IP:10.0.0.0/255.0.0.0" } } },
  ],

  ["leaf-signed-with-sha1", "CHAIN_ALGORITHM", { leaf: { digest: "sha1" } }],
  ["leaf-signed-with-sha224", "CHAIN_ALGORITHM", { leaf: { digest: "sha224" } }],
  [
    "leaf-signed-with-rsa-and-sha1",
    "CHAIN_ALGORITHM",
    { intermediate: { key: { kind: "rsa" } }, leaf: { digest: "sha1" } },
  ],
  [
    "leaf-signed-with-rsa-and-md5",
    "CHAIN_ALGORITHM",
    { intermediate: { key: { kind: "rsa" } }, leaf: { digest: "md5" } },
  ],
  ["intermediate-signed-with-sha1", "CHAIN_ALGORITHM", { intermediate: { digest: "sha1" } }],
  ["intermediate-of-rsa-1024", "CHAIN_ALGORITHM", { intermediate: { key: { kind: "rsa-1024" } } }],
  ["intermediate-of-exponent-3", "CHAIN_ALGORITHM", { intermediate: { key: { kind: "rsa-exponent-3" } } }],
  ["intermediate-of-rsa-pss", "CHAIN_ALGORITHM", { intermediate: { key: { kind: "rsa-pss" } } }],
  [
    "intermediate-of-ed25519",
    "CHAIN_ALGORITHM",
    { intermediate: { key: { kind: "ed25519" } }, staples: async () => [] },
  ],
  ["intermediate-of-secp256k1", "CHAIN_ALGORITHM", { intermediate: { key: { kind: "ec-secp256k1" } } }],
  ["anchor-of-rsa-1024", "CHAIN_ALGORITHM", { root: { key: { kind: "rsa-1024" } } }],

  ["anchor-unknown", "CHAIN_UNTRUSTED", (b) => ({ anchors: async () => [await b.certificate(CROSS)] })],
  ["intermediate-missing", "CHAIN_UNTRUSTED", { list: (c) => [c.leaf] }],
  [
    "self-made-root-served",
    "CHAIN_UNTRUSTED",
    (b) => ({ anchors: async () => [await b.certificate(CROSS)], list: (c) => [c.leaf, c.intermediate, c.root] }),
  ],
  [
    "leaf-signed-by-another-issuer-of-that-name",
    "CHAIN_SIGNATURE",
    (b) => ({ list: async (c) => [c.leaf, await b.intermediate(c.root, { key: { of: "stranger" } })] }),
  ],
  [
    "intermediate-signed-by-another-root-of-that-name",
    "CHAIN_SIGNATURE",
    (b) => ({ anchors: async () => [await b.root({ key: { of: "stranger" } })] }),
  ],
  ["leaf-changed", "CHAIN_SIGNATURE", { list: (c) => `${pemOfDer(flipped(c.leaf.der))}${c.intermediate.pem}` }],
];

/** Flips one bit in the last byte of the serial number: still readable, but not the signed bytes. */
function flipped(der: Buffer): Buffer {
  const copy = Buffer.from(der);
  const at = copy.indexOf(Buffer.from([0x02, 0x10])) + 17;
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
  return copy;
}

/** Makes certificates with the same name and key, each a possible issuer of every other: as many paths as permutations. */
async function crowd(b: CaseBuilder, count: number) {
  const made = [];
  for (let i = 1; i <= count; i += 1)
    made.push(
      await b.certificate(INTERMEDIATE, {
        serial: i.toString(16).padStart(2, "0"),
        extensions: { basicConstraints: "critical,CA:TRUE" },
      }),
    );
  return made;
}

const SHAPES: readonly Case[] = [
  {
    name: "chain-leaf-self-signed",
    make: async (b) => {
      const leaf = await b.certificate(LEAF);
      return b.scene({ chain: { ...(await b.chain()), leaf }, staples: async () => [] });
    },
    expects: fault("CHAIN_UNTRUSTED"),
  },
  {
    // An anchor's key signs certificates, not key documents.
    name: "chain-leaf-with-the-anchors-key",
    make: async (b) => {
      const root = await b.root({ subject: LEAF.subject, key: LEAF.key });
      const leaf = await b.leaf(root);
      const staples = async () => [await b.staple({ of: [leaf], issuer: root })];
      return b.scene({ chain: { root, intermediate: root, leaf }, list: () => [leaf], staples });
    },
    expects: fault("CHAIN_UNTRUSTED"),
  },
  {
    name: "chain-path-length-of-the-issuer",
    make: async (b) => {
      const root = await b.root();
      const middle = await b.intermediate(root);
      const low = await b.intermediate(middle, { subject: "/CN=Low", key: { of: "low" } });
      const leaf = await b.leaf(low);
      return b.scene({ chain: { root, intermediate: low, leaf }, list: () => [leaf, low, middle] });
    },
    expects: fault("CHAIN_PATH_LENGTH"),
  },
  {
    name: "chain-of-nine",
    make: async (b) => {
      const { chain, list, staples } = await deep(b, 8);
      return b.scene({ chain, list: () => list, staples: async () => staples });
    },
    expects: fault("CHAIN_TOO_LONG"),
  },
  {
    name: "chain-crowd-of-one-name",
    make: async (b) => {
      const made = await crowd(b, 31);
      const [issuer] = made;
      if (issuer === undefined) throw new Error("no crowd");
      const leaf = await b.leaf(issuer);
      return b.scene({ chain: { ...(await b.chain()), leaf }, list: () => [leaf, ...made], staples: async () => [] });
    },
    expects: fault("CHAIN_TOO_LONG"),
  },
  {
    name: "chain-ring-without-an-anchor",
    make: async (b) => {
      const root = await b.root();
      const other = await b.certificate(CROSS);
      const ring = [await b.certificate(ROOT, {}, other), await b.certificate(CROSS, {}, root)];
      const stranger = await b.root({ subject: "/CN=Stranger", key: { of: "stranger" } });
      return b.scene({ list: (c) => [c.leaf, c.intermediate, ...ring], anchors: async () => [stranger] });
    },
    expects: fault("CHAIN_UNTRUSTED"),
  },
];

export const CHAIN_BAD: readonly Case[] = [
  ...ROWS.map(
    ([name, code, changes]): Case => ({
      name: `chain-${name}`,
      make: (b) => b.scene(typeof changes === "function" ? changes(b) : changes),
      expects: fault(code),
    }),
  ),
  ...SHAPES,
];
