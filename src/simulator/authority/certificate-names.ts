/**
 * Names of the authority's certificates and of their keys. Apart from hierarchy.ts, which makes the certificates and loads the
 * libraries for that.
 */
import type { Certificate } from "./certificates.ts";
import type { KeyPair } from "./key-pairs.ts";

/** Holder of a key. */
export type Holder = "old" | "services" | "root" | "intermediate" | "signer" | "responder";
/** The key of the delegated responder is made apart from these, as the service's own staples need none. */
export type Keys = Readonly<Record<Exclude<Holder, "responder">, KeyPair>>;

/** Each certificate's holder, and the issuer whose key signs it. "anchor" and "root" have the same subject and key. */
export const CERTIFICATES = {
  "old-root": { holder: "old", issuer: "old" },
  "services-anchor": { holder: "services", issuer: "services" },
  "services-root": { holder: "services", issuer: "old" },
  anchor: { holder: "root", issuer: "root" },
  root: { holder: "root", issuer: "services" },
  intermediate: { holder: "intermediate", issuer: "root" },
  signer: { holder: "signer", issuer: "intermediate" },
} as const satisfies Record<string, { holder: Holder; issuer: Holder }>;

export type CertificateName = keyof typeof CERTIFICATES;
export type Certificates = Readonly<Record<CertificateName, Certificate>>;

/** The certificate that identifies an issuer, by holder: the self-signed certificate if there is one. */
export const CERTIFICATE_OF = {
  old: "old-root",
  services: "services-anchor",
  root: "anchor",
  intermediate: "intermediate",
} as const satisfies Partial<Record<Holder, CertificateName>>;

export type IssuerName = keyof typeof CERTIFICATE_OF;
