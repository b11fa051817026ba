/** Cases about certificate lists with a path to an anchor, in any order and with other certificates. */

import { accepted, type Case } from "./case.ts";
import type { CaseBuilder, Chain } from "./case-builder.ts";
import { CROSS, ROOT } from "./shapes.ts";

/** Returns a chain with RSA keys only, as in the real service's chain. */
const rsaChain = (b: CaseBuilder): Promise<Chain> =>
  b.chain({ root: { key: { kind: "rsa" } }, intermediate: { key: { kind: "rsa" } } });

/** Returns two cross-signed certificates, which issue each other in a ring; one has the root's name and key. */
async function ring(b: CaseBuilder) {
  const root = await b.root();
  const other = await b.certificate(CROSS);
  return [await b.certificate(ROOT, {}, other), await b.certificate(CROSS, {}, root)];
}

/** Makes a chain with `count` CAs below the root, the last of which issues the leaf. */
export async function deep(b: CaseBuilder, count: number) {
  const root = await b.root();
  const cas = [root];
  for (let i = 1; i <= count; i += 1) {
    const changes = {
      subject: `/O=Vector/CN=Vector Deep CA ${i}`,
      key: { kind: "ec", of: `deep-${i}` },
      extensions: { basicConstraints: "critical,CA:TRUE" },
    } as const;
    cas.push(await b.intermediate(cas.at(-1) ?? root, changes));
  }
  const leaf = await b.leaf(cas.at(-1) ?? root);
  const list = [leaf, ...cas.slice(1).reverse()];
  const issuers = [...cas].reverse();
  const staples = list.map((certificate, i) => b.staple({ of: [certificate], issuer: issuers[i] ?? root }));
  const chain: Chain = { root, intermediate: cas.at(-1) ?? root, leaf };
  return { chain, list, staples: await Promise.all(staples) };
}

export const CHAIN_GOOD: readonly Case[] = [
  {
    name: "chain-cross-signed-roots-served-too",
    make: (b) => b.scene({ list: async (c) => [c.leaf, c.intermediate, ...(await b.crossSigned())] }),
    expects: accepted,
  },
  {
    name: "chain-anchor-served-too",
    make: (b) => b.scene({ list: (c) => [c.leaf, c.intermediate, c.root] }),
    expects: accepted,
  },
  {
    // Only the root that cross-signed the usual anchor is trusted: one more certificate on the path, and one more staple.
    name: "chain-through-the-cross-signed-root",
    make: async (b) => {
      const other = await b.certificate(CROSS);
      const [crossed] = await b.crossSigned();
      return b.scene({
        list: (c) => [c.leaf, c.intermediate, crossed],
        anchors: async () => [other],
        staples: async (c) => [...(await b.staples(c)), await b.staple({ of: [crossed], issuer: other })],
      });
    },
    expects: accepted,
  },
  {
    name: "chain-in-any-order",
    make: (b) =>
      b.scene({
        list: async (c) => {
          const [ours, other] = await b.crossSigned();
          return [other, c.intermediate, ours, c.leaf];
        },
      }),
    expects: accepted,
  },
  {
    name: "chain-each-certificate-twice",
    make: (b) => b.scene({ list: (c) => [c.leaf, c.intermediate, c.leaf, c.intermediate] }),
    expects: accepted,
  },
  {
    name: "chain-unrelated-certificates-among",
    make: (b) =>
      b.scene({
        list: async (c) => {
          const stranger = await b.root({ subject: "/CN=Stranger", key: { of: "stranger" } });
          const end = await b.leaf(stranger, { extensions: { subjectAltName: "DNS:example.com" } });
          return [stranger, end, c.leaf, end, c.intermediate];
        },
      }),
    expects: accepted,
  },
  {
    name: "chain-issuer-of-the-same-name-with-another-key-among",
    make: (b) =>
      b.scene({
        list: async (c) => [c.leaf, await b.intermediate(c.root, { key: { of: "stranger" } }), c.intermediate],
      }),
    expects: accepted,
  },
  {
    name: "chain-expired-issuer-among",
    make: (b) =>
      b.scene({
        list: async (c) => [
          c.leaf,
          await b.intermediate(c.root, {
            from: new Date("2020-01-01T00:00:00Z"),
            to: new Date("2021-01-01T00:00:00Z"),
          }),
          c.intermediate,
        ],
      }),
    expects: accepted,
  },
  {
    name: "chain-several-anchors",
    make: (b) =>
      b.scene({
        anchors: async (c) => [await b.certificate(CROSS), await b.root({ key: { of: "stranger" } }), c.root],
      }),
    expects: accepted,
  },
  {
    name: "chain-ring-of-cross-signed-roots-around-the-anchor",
    make: (b) => b.scene({ list: async (c) => [...(await ring(b)), c.intermediate, c.leaf] }),
    expects: accepted,
  },
  {
    name: "chain-rsa-all-the-way",
    make: async (b) => b.scene({ chain: await rsaChain(b) }),
    expects: accepted,
  },
  {
    name: "chain-p384-and-p521-and-sha512",
    make: (b) =>
      b.scene({
        root: { key: { kind: "ec-521" } },
        intermediate: { key: { kind: "ec-384" }, digest: "sha512" },
        leaf: { digest: "sha384" },
      }),
    expects: accepted,
  },
  {
    name: "chain-leaf-issued-by-the-anchor",
    make: async (b) => {
      const root = await b.root();
      const leaf = await b.leaf(root);
      const staples = async () => [await b.staple({ of: [leaf], issuer: root })];
      return b.scene({ chain: { root, intermediate: root, leaf }, list: () => [leaf], staples });
    },
    expects: accepted,
  },
  {
    name: "chain-of-eight",
    make: async (b) => {
      const { chain, list, staples } = await deep(b, 7);
      return b.scene({ chain, list: () => list, staples: async () => staples });
    },
    expects: accepted,
  },
  {
    name: "chain-names-permitted",
    make: (b) =>
      b.scene({
        root: { extensions: { nameConstraints: "permitted;DNS:COM,excluded;DNS:example.com" } },
        intermediate: { extensions: { nameConstraints: "critical,permitted;DNS:.amazonaws.com" } },
      }),
    expects: accepted,
  },
  {
    name: "chain-anchor-without-key-usage",
    make: (b) => b.scene({ root: { extensions: { keyUsage: undefined } } }),
    expects: accepted,
  },
  {
    // RFC 5280 §6.1.4 (l): a CA that certified its own new key (self-issued) counts only once for the path length.
    name: "chain-self-issued-ca-does-not-count",
    make: async (b) => {
      const root = await b.root({ extensions: { basicConstraints: "critical,CA:TRUE,pathlen:1" } });
      const old = await b.intermediate(root, { key: { of: "old-intermediate" } });
      const intermediate = await b.intermediate(old);
      const leaf = await b.leaf(intermediate);
      const chain = { root, intermediate, leaf };
      const more = await b.staples({ root, intermediate: old, leaf: intermediate });
      const staples = async () => [await b.staple({ of: [leaf], issuer: intermediate }), ...more];
      return b.scene({ chain, list: () => [leaf, intermediate, old], staples });
    },
    expects: accepted,
  },
];
