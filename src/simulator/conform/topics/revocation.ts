/** Revocation: the OCSP responses that the service serves with its certificates. */
import type { AuthorityOptions } from "../../authority/options.ts";
import type { StapleShape } from "../../authority/staples.ts";
import { type Case, printed, type Requirement, refused } from "../requirement.ts";
import { STAPLES } from "../stage.ts";

const of = (name: "signer" | "intermediate", shape: Partial<StapleShape>): AuthorityOptions => ({
  staplesOf: { [name]: shape },
});
const bad = (served: string, authority: AuthorityOptions): Case => refused(served, { authority });
const good = (served: string, authority: AuthorityOptions): Case => printed(served, { authority });
/** All staples by a responder to which each issuer has delegated. */
const delegated: AuthorityOptions = { staples: { responder: "delegated" } };

export const REVOCATION: readonly Requirement[] = [
  {
    id: "OCSP-1",
    level: "MUST",
    text: "A certificate that its staple calls revoked is refused.",
    source: "RFC 6960 section 2.2; reference agent (verifyocsp)",
    cases: [
      bad("the signer is revoked", of("signer", { status: "revoked" })),
      bad("the intermediate is revoked", of("intermediate", { status: "revoked" })),
    ],
  },
  {
    id: "OCSP-2",
    level: "MUST",
    text: "A certificate that its staple calls unknown is refused.",
    source: "RFC 6960 section 2.2; reference agent (verifyocsp)",
    cases: [
      bad("the signer is unknown", of("signer", { status: "unknown" })),
      bad("the intermediate is unknown", of("intermediate", { status: "unknown" })),
    ],
  },
  {
    id: "OCSP-3",
    level: "MUST",
    text: "A staple counts only from its thisUpdate to its nextUpdate.",
    source: "RFC 6960 section 4.2.2.1",
    cases: [
      bad("the signer's staple is stale", of("signer", { age: "stale" })),
      bad("the intermediate's staple is stale", of("intermediate", { age: "stale" })),
      bad("the signer's staple is of the future", of("signer", { age: "early" })),
    ],
  },
  {
    id: "OCSP-4",
    level: "MUST",
    text: "Signer and intermediate each need a staple; a missing one refuses.",
    source: "reference agent (verifyocsp)",
    cases: [
      bad("no certificate has a staple", { stapled: [] }),
      bad("the signer has no staple", { stapled: ["intermediate", "root", "services-root"] }),
      bad("the intermediate has no staple", { stapled: ["signer", "root", "services-root"] }),
    ],
  },
  {
    id: "OCSP-5",
    level: "MUST",
    text: "A staple is signed by the issuer of its certificate, or by a responder to which this issuer has delegated.",
    source: "RFC 6960 sections 3.2 and 4.2.2.2",
    cases: [
      bad("one bit of the signature of the signer's staple is wrong", of("signer", { damage: "signature" })),
      bad("the signer's staple has no signature", of("signer", { damage: "unsigned" })),
      bad("the signer's staple is by the root, which did not issue it", { stapleIssuers: { signer: "root" } }),
      bad("the responder's certificate is by another CA", { ...delegated, responderIssuer: "services" }),
      bad("the responder's certificate is not for OCSP responses", {
        ...delegated,
        certificates: { responder: { extendedKeyUsages: [] } },
      }),
      bad("the responder's certificate has expired", {
        ...delegated,
        certificates: { responder: { notBefore: new Date(0), notAfter: new Date(86_400_000) } },
      }),
    ],
  },
  {
    id: "OCSP-6",
    level: "MUST",
    text: "A staple is about the certificate for which it is used.",
    source: "RFC 6960 section 3.2, item 1",
    cases: [
      bad("the signer's staple is about another serial number", of("signer", { serial: "4aaaaaaaaaaaaaaa" })),
      refused("the signer's staple is that of the intermediate", {
        set: ({ override, simulator }) => {
          const [signer = "", intermediate = ""] = simulator.authority.stapleNames();
          override(`${STAPLES}${signer}`, () => simulator.authority.staple(intermediate) ?? Buffer.alloc(0));
        },
      }),
    ],
  },
  {
    id: "OCSP-7",
    level: "MUST",
    text: "A staple that cannot be read, or is not a response, refuses like a missing one.",
    source: "RFC 6960 section 4.2.1",
    cases: [
      bad("the signer's staple says tryLater", of("signer", { responseStatus: "tryLater" })),
      bad("the signer's staple is cut", of("signer", { damage: "truncated" })),
      refused("the staples are not base64", { set: ({ override }) => override("staple", Buffer.from("%%%%")) }),
    ],
  },
  {
    id: "OCSP-8",
    level: "SHOULD",
    text: "A staple without a nextUpdate is refused: it would count for ever.",
    source: "RFC 6960 section 4.2.2.1: newer information is always available",
    cases: [bad("the signer's staple has no nextUpdate", of("signer", { age: "endless" }))],
  },
  {
    id: "OCSP-9",
    level: "SHOULD",
    text: "A staple is matched by the CertID inside it, regardless of its name and of the hash.",
    source: "RFC 6960 section 4.1.1; the service has changed the names before",
    cases: [
      good("the staples are named by SHA-256", { stapleNames: "sha256" }),
      good("the staples have arbitrary names", { stapleNames: "arbitrary" }),
      good("the CertIDs are of SHA-256", { staples: { certIdHash: "SHA-256" } }),
      good("the responder is identified by its name", { staples: { responderId: "name" } }),
    ],
  },
  {
    id: "OCSP-10",
    level: "SHOULD",
    text: "The response of a delegated responder is accepted.",
    source: "RFC 6960 section 4.2.2.2; which of the two the service has is not known",
    cases: [good("all staples are by a delegated responder", delegated)],
  },
  {
    id: "OCSP-11",
    level: "SHOULD",
    text: "A staple that is not needed for the path never costs a key.",
    source: "RFC 5280 section 6.1: only certificates of the path count",
    cases: [
      good("a staple that cannot be decoded is in the list", { brokenStaple: true }),
      good("the cross-signed root of another path is revoked", { staplesOf: { root: { status: "revoked" } } }),
      good("only signer and intermediate have a staple", { stapled: ["signer", "intermediate"] }),
    ],
  },
];
