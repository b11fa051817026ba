/** Cases about staples that do not prove a certificate of the path good, or prove that it was revoked. */
import type { FaultCode } from "../../../src/verify/errors.ts";
import type { StapleOptions } from "../openssl-staples.ts";
import { type Case, fault, type ServedStaple } from "./case.ts";
import type { CaseBuilder, Chain } from "./case-builder.ts";

type LeafStaple = (b: CaseBuilder, chain: Chain, ask: Pick<StapleOptions, "of" | "issuer">) => Promise<ServedStaple[]>;

/** Makes a case in which only the staples from `make` are served for the leaf; the intermediate's staple is valid. */
const leaf = (name: string, code: FaultCode, make: LeafStaple): Case => ({
  name: `staple-${name}`,
  make: (b) =>
    b.scene({
      staples: async (c) => {
        const made = await make(b, c, { of: [c.leaf], issuer: c.intermediate });
        return [...made, await b.staple({ of: [c.intermediate], issuer: c.root })];
      },
    }),
  expects: fault(code),
});

const made = (
  name: string,
  code: FaultCode,
  options: (b: CaseBuilder, chain: Chain) => Partial<StapleOptions> | Promise<Partial<StapleOptions>>,
): Case => leaf(name, code, async (b, c, ask) => [await b.staple({ ...ask, ...(await options(b, c)) })]);

const body = (name: string, code: FaultCode, change: (der: Buffer) => Buffer | string): Case =>
  leaf(name, code, async (b, _, ask) => {
    const { name: usual, body: good = "" } = await b.staple(ask);
    const changed = change(Buffer.from(good, "base64"));
    return [{ name: usual, body: typeof changed === "string" ? changed : changed.toString("base64") }];
  });

const ABSENT: readonly Case[] = [
  leaf("missing", "STAPLE_MISSING", async () => []),
  leaf("never-comes", "STAPLE_UNFETCHED", async (b, _, ask) => [{ ...(await b.staple(ask)), body: undefined }]),
  {
    name: "staple-missing-for-the-intermediate",
    make: (b) => b.scene({ staples: async (c) => (await b.staples(c)).slice(0, 1) }),
    expects: fault("STAPLE_MISSING"),
  },
  { name: "staple-none-at-all", make: (b) => b.scene({ staples: async () => [] }), expects: fault("STAPLE_MISSING") },
];

/** Returns an OCSPResponse with only a status, which is not signed. */
const status = (code: number) => () => Buffer.of(0x30, 0x03, 0x0a, 0x01, code);

const UNREADABLE: readonly Case[] = [
  body("empty", "STAPLE_MALFORMED", () => ""),
  body("not-base64", "STAPLE_MALFORMED", () => "<html></html>"),
  body("der-instead-of-base64", "STAPLE_MALFORMED", (der) => der.toString("latin1")),
  body("byte-after-the-end", "STAPLE_MALFORMED", (der) => Buffer.concat([der, Buffer.alloc(1)])),
  body("reversed", "STAPLE_MALFORMED", (der) => Buffer.from(der.toReversed())),
  body("cut-short", "STAPLE_TRUNCATED", (der) => der.subarray(0, -1)),
  body("cut-in-half", "STAPLE_TRUNCATED", (der) => der.subarray(0, der.length / 2)),
  body("malformed-request", "STAPLE_UNSUCCESSFUL", status(1)),
  body("try-later", "STAPLE_UNSUCCESSFUL", status(3)),
  body("unauthorized", "STAPLE_UNSUCCESSFUL", status(6)),
  body("successful-without-a-response", "STAPLE_MALFORMED", status(0)),
];

/** Returns a certificate with the intermediate's key and another name. */
const renamed = (b: CaseBuilder, c: Chain) => b.intermediate(c.root, { subject: "/CN=The same key" });

const ABOUT_ANOTHER: readonly Case[] = [
  leaf("of-another-certificate", "STAPLE_WRONG_CERTIFICATE", async (b, c, ask) => {
    const other = await b.leaf(c.intermediate, { serial: "77" });
    const { name } = await b.staple(ask);
    return [await b.staple({ ...ask, of: [other] }, name)];
  }),
  leaf("of-another-issuers-certificate-with-that-number", "STAPLE_WRONG_ISSUER", async (b, c, ask) => {
    const issuer = await b.intermediate(c.root, { subject: "/CN=Another CA", key: { of: "stranger" } });
    const other = await b.leaf(issuer, { serial: c.leaf.serial });
    const { name } = await b.staple(ask);
    return [await b.staple({ of: [other], issuer }, name)];
  }),
  leaf("of-that-number-by-an-issuer-of-that-name", "STAPLE_WRONG_ISSUER", async (b, c) => {
    const issuer = await b.intermediate(c.root, { key: { of: "stranger" } });
    return [await b.staple({ of: [await b.leaf(issuer, { serial: c.leaf.serial })], issuer })];
  }),
  leaf("of-that-number-by-that-key-under-another-name", "STAPLE_WRONG_ISSUER", async (b, c) => {
    const issuer = await renamed(b, c);
    return [await b.staple({ of: [await b.leaf(issuer, { serial: c.leaf.serial })], issuer, byKey: true })];
  }),
];

const strange = (b: CaseBuilder, c: Chain) =>
  b.intermediate(c.root, { subject: "/CN=Another CA", key: { of: "stranger" } });

const RESPONDERS: readonly Case[] = [
  made("by-another-issuers-responder", "STAPLE_RESPONDER", async (b, c) => ({
    responder: await b.responder(await strange(b, c)),
  })),
  made("by-an-issuer-of-that-names-responder", "STAPLE_RESPONDER", async (b, c) => ({
    responder: await b.responder(await b.intermediate(c.root, { key: { of: "stranger" } })),
  })),
  made("by-the-roots-responder", "STAPLE_RESPONDER", async (b, c) => ({ responder: await b.responder(c.root) })),
  made("by-a-responder-of-that-key-under-another-name", "STAPLE_RESPONDER", async (b, c) => ({
    responder: await b.responder(await renamed(b, c)),
  })),
  made("by-a-self-signed-responder", "STAPLE_RESPONDER", async (b, c) => ({
    responder: await b.root({
      subject: c.intermediate.subject,
      key: { of: "stranger" },
      extensions: { extendedKeyUsage: "OCSPSigning" },
    }),
    byKey: true,
  })),
  made("by-another-issuer", "STAPLE_RESPONDER", async (b, c) => ({ responder: await strange(b, c) })),
  made("by-the-leaf-itself", "STAPLE_RESPONDER", (_, c) => ({ responder: c.leaf })),
  made("responder-not-sent-along", "STAPLE_RESPONDER", async (b, c) => ({
    responder: await b.responder(c.intermediate),
    bare: true,
  })),
  ...(
    [
      ["without-ocsp-signing", { extensions: { extendedKeyUsage: undefined } }],
      ["with-any-usage", { extensions: { extendedKeyUsage: "anyExtendedKeyUsage" } }],
      ["for-servers", { extensions: { extendedKeyUsage: "serverAuth" } }],
      ["without-digital-signature", { extensions: { keyUsage: "keyEncipherment" } }],
      ["expired", { from: new Date("2020-01-01T00:00:00Z"), to: new Date("2021-01-01T00:00:00Z") }],
      ["with-unknown-critical-extension", { extensions: { "1.3.6.1.4.1.99999.1": "critical,ASN1:UTF8String:x" } }],
      ["certified-with-sha1", { digest: "sha1" }],
    ] as const
  ).map(([name, changes]) =>
    made(`responder-${name}`, "STAPLE_RESPONDER", async (b, c) => ({
      responder: await b.responder(c.intermediate, changes),
    })),
  ),
  made("responder-of-rsa-1024", "STAPLE_SIGNATURE", async (b, c) => ({
    responder: await b.responder(c.intermediate, { key: { kind: "rsa-1024" } }),
  })),
];

const SIGNATURES: readonly Case[] = [
  body("signature-changed", "STAPLE_SIGNATURE", (der) =>
    Buffer.concat([der.subarray(0, -1), Buffer.of((der.at(-1) ?? 0) ^ 1)]),
  ),
  made("signed-with-sha1", "STAPLE_SIGNATURE", () => ({ digest: "sha1" })),
  made("by-that-name-with-another-key", "STAPLE_SIGNATURE", async (b, c) => ({
    responder: await b.intermediate(c.root, { key: { of: "stranger" } }),
    bare: true,
  })),
  // The tag `[2]` of "unknown" changed to `[0]` of "good", as an attacker would do.
  leaf("unknown-turned-into-good", "STAPLE_SIGNATURE", async (b, _, ask) => {
    const { name, body: unknown = "" } = await b.staple({ ...ask, status: "unknown" });
    const der = Buffer.from(unknown, "base64");
    der.writeUInt8(0x80, der.lastIndexOf(Buffer.of(0x82, 0x00, 0x18)));
    return [{ name, body: der.toString("base64") }];
  }),
];

const TIMES: readonly Case[] = [
  made("stale", "STAPLE_STALE", (b) => ({ thisUpdate: b.after(-7200), nextUpdate: b.after(-3600) })),
  made("stale-for-a-second", "STAPLE_STALE", (b) => ({ thisUpdate: b.after(-7200), nextUpdate: b.after(-1) })),
  made("without-next-update", "STAPLE_STALE", () => ({ nextUpdate: null })),
  made("early", "STAPLE_EARLY", (b) => ({ thisUpdate: b.after(300 + 60), nextUpdate: b.after(7200) })),
  {
    name: "staple-stale-for-the-intermediate",
    make: (b) =>
      b.scene({
        staples: async (c) => [
          ...(await b.staples(c)).slice(0, 1),
          await b.staple({
            of: [c.intermediate],
            issuer: c.root,
            thisUpdate: b.after(-7200),
            nextUpdate: b.after(-3600),
          }),
        ],
      }),
    expects: fault("STAPLE_STALE"),
  },
];

const REVOKED: readonly Case[] = [
  made("unknown", "STAPLE_UNKNOWN", () => ({ status: "unknown" })),
  made("revoked", "SIGNER_REVOKED", () => ({ status: "revoked" })),
  made("revoked-cert-id-by-sha256", "SIGNER_REVOKED", () => ({ status: "revoked", certIdHash: "sha256" })),
  made("revoked-and-stale", "SIGNER_REVOKED", (b) => ({
    status: "revoked",
    thisUpdate: b.after(-7200),
    nextUpdate: b.after(-3600),
  })),
  made("revoked-without-next-update", "SIGNER_REVOKED", () => ({ status: "revoked", nextUpdate: null })),
  made("revoked-by-a-delegated-responder", "SIGNER_REVOKED", async (b, c) => ({
    status: "revoked",
    responder: await b.responder(c.intermediate),
  })),
  {
    // Neither name identifies a certificate, so both are fetched. A "good" does not cancel a "revoked".
    name: "staple-revoked-in-one-and-good-in-another",
    make: (b) =>
      b.scene({
        staples: async (c) => {
          const ask = { of: [c.leaf], issuer: c.intermediate };
          const [, second] = await b.staples(c);
          if (second === undefined) throw new Error("no second staple");
          return [
            await b.staple(ask, "one"),
            await b.staple({ ...ask, status: "revoked" }, "two"),
            { ...second, name: "three" },
          ];
        },
      }),
    expects: fault("SIGNER_REVOKED"),
  },
  {
    name: "staple-revoked-intermediate",
    make: (b) =>
      b.scene({
        staples: async (c) => [
          ...(await b.staples(c)).slice(0, 1),
          await b.staple({ of: [c.intermediate], issuer: c.root, status: "revoked" }),
        ],
      }),
    expects: fault("SIGNER_REVOKED"),
  },
];

export const STAPLES_BAD: readonly Case[] = [
  ...ABSENT,
  ...UNREADABLE,
  ...ABOUT_ANOTHER,
  ...RESPONDERS,
  ...SIGNATURES,
  ...TIMES,
  ...REVOKED,
];
