/** Cases about staples that prove every certificate of the path good, even if other staples are served with them. */
import type { StapleOptions } from "../openssl-staples.ts";
import { accepted, type Case, type ServedStaple } from "./case.ts";
import { type CaseBuilder, type Chain, sha256Name } from "./case-builder.ts";

type Options = Omit<StapleOptions, "of" | "issuer">;

const row = (name: string, options: Options): Case => ({
  name: `staple-${name}`,
  make: (b) => b.scene({ staples: (c) => b.staples(c, options) }),
  expects: accepted,
});

/** Makes a case in which a responder that the intermediate delegated signs the leaf's staple. */
const delegated = (name: string, options: Options, changes: Parameters<CaseBuilder["responder"]>[1] = {}): Case => ({
  name: `staple-delegated-${name}`,
  make: (b) =>
    b.scene({
      staples: async (c) => {
        const responder = await b.responder(c.intermediate, changes);
        const [, second] = await b.staples(c);
        if (second === undefined) throw new Error("no second staple");
        return [await b.staple({ ...options, of: [c.leaf], issuer: c.intermediate, responder }), second];
      },
    }),
  expects: accepted,
});

/** Makes a case with staples in addition to the two that are needed. */
const beside = (name: string, more: (b: CaseBuilder, chain: Chain) => Promise<ServedStaple[]>): Case => ({
  name: `staple-beside-${name}`,
  make: (b) => b.scene({ staples: async (c) => [...(await more(b, c)), ...(await b.staples(c))] }),
  expects: accepted,
});

const yesterday = (b: CaseBuilder) => ({ thisUpdate: b.after(-48 * 3600), nextUpdate: b.after(-24 * 3600) });

export const STAPLES_GOOD: readonly Case[] = [
  row("cert-id-by-sha256", { certIdHash: "sha256" }),
  row("cert-id-by-sha384", { certIdHash: "sha384" }),
  row("cert-id-by-sha512", { certIdHash: "sha512" }),
  row("responder-by-key", { byKey: true }),
  row("issuers-certificate-sent-along", { bare: false }),
  row("signed-with-sha512", { digest: "sha512" }),
  delegated("by-name", {}),
  delegated("by-key", { byKey: true, certIdHash: "sha256" }),
  delegated("rsa", {}, { key: { kind: "rsa" } }),
  delegated("without-key-usage", {}, { extensions: { keyUsage: undefined, noCheck: undefined } }),
  {
    name: "staple-rsa-all-the-way",
    make: async (b) => {
      const changes = { root: { key: { kind: "rsa" } }, intermediate: { key: { kind: "rsa" } } } as const;
      return b.scene({ ...changes, staples: (c) => b.staples(c, { certIdHash: "sha256" }) });
    },
    expects: accepted,
  },
  {
    name: "staple-names-by-sha256",
    make: (b) =>
      b.scene({
        staples: async (c) => [
          await b.staple({ of: [c.leaf], issuer: c.intermediate }, sha256Name(c.leaf)),
          await b.staple({ of: [c.intermediate], issuer: c.root }, sha256Name(c.intermediate)),
        ],
      }),
    expects: accepted,
  },
  {
    name: "staple-names-of-no-known-form",
    make: (b) =>
      b.scene({ staples: async (c) => (await b.staples(c)).map(({ body }, i) => ({ name: `staple ${i} ü`, body })) }),
    expects: accepted,
  },
  {
    name: "staple-names-swapped",
    make: (b) =>
      b.scene({
        staples: async (c) => {
          const list = await b.staples(c);
          return list.map(({ body }, i) => ({ name: list[1 - i]?.name ?? "none", body }));
        },
      }),
    expects: accepted,
  },
  {
    name: "staple-body-in-lines",
    make: (b) =>
      b.scene({
        staples: async (c) =>
          (await b.staples(c)).map(({ name, body }) => ({ name, body: `${body?.replace(/.{64}/g, "$&\r\n")}\n` })),
      }),
    expects: accepted,
  },
  {
    name: "staple-early-within-the-skew",
    make: (b) => b.scene({ staples: (c) => b.staples(c, { thisUpdate: b.after(240), nextUpdate: b.after(3600) }) }),
    expects: accepted,
  },
  {
    // One response about several certificates of one issuer.
    name: "staple-of-many-certificates",
    make: (b) =>
      b.scene({
        staples: async (c) => {
          const other = await b.leaf(c.intermediate, { extensions: { subjectAltName: "DNS:example.com" } });
          const [, second] = await b.staples(c);
          if (second === undefined) throw new Error("no second staple");
          return [await b.staple({ of: [other, c.leaf], issuer: c.intermediate }), second];
        },
      }),
    expects: accepted,
  },
  beside("a-stale-one-for-the-leaf", async (b, c) => [
    await b.staple({ of: [c.leaf], issuer: c.intermediate, ...yesterday(b) }, "old"),
  ]),
  beside("an-unknown-one-for-the-leaf", async (b, c) => [
    await b.staple({ of: [c.leaf], issuer: c.intermediate, status: "unknown" }, "unknown"),
  ]),
  beside("a-revoked-one-that-nobody-may-say", async (b, c) => {
    const stranger = await b.intermediate(c.root, { key: { of: "stranger" } });
    return [
      await b.staple(
        { of: [c.leaf], issuer: c.intermediate, status: "revoked", responder: stranger, bare: true },
        "forged",
      ),
      await b.staple(
        { of: [c.leaf], issuer: c.intermediate, status: "revoked", responder: stranger },
        "forged-and-sent",
      ),
    ];
  }),
  beside("revoked-and-broken-ones-off-the-path", async (b, c) => {
    const [ours, other] = await b.crossSigned();
    const sibling = await b.leaf(c.intermediate, { extensions: { subjectAltName: "DNS:example.com" } });
    return [
      await b.staple({ of: [ours], issuer: other, status: "revoked" }),
      await b.staple({ of: [sibling], issuer: c.intermediate, status: "revoked" }),
      { name: "broken", body: "AAAA" },
      { name: "not-base64", body: "<html>" },
      { name: "empty", body: "" },
      { name: "never-comes", body: undefined },
    ];
  }),
];
