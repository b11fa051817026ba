/** Everything that can be set about the simulated authority, with the default that is like the real service. */
import type { CertificateName, IssuerName, Shapes } from "./hierarchy.ts";
import type { CaKeyKind, SignerKeyKind } from "./keys.ts";
import type { StapleShape } from "./staples.ts";

export interface AuthorityOptions {
  /** Of every CA and responder. */
  caKey?: CaKeyKind;
  /** "rsa-2048" is what the service has; the others are attacks. */
  signerKey?: SignerKeyKind;
  /** What names the signer: SAN and CN, a SAN with a wildcard, or a CN alone. */
  signerNames?: "exact" | "wildcard" | "cn-only";
  /** The served list, in its order. */
  served?: readonly CertificateName[];
  /** What is in the anchors file. */
  anchors?: readonly CertificateName[];
  /** Makes single certificates different from what they should be. */
  certificates?: Shapes;

  /** How all staples are. */
  staples?: Partial<StapleShape>;
  /** How single ones are, over `staples`. */
  staplesOf?: { readonly [name in CertificateName]?: Partial<StapleShape> };
  /** Which certificates have a staple, in the order of the list. */
  stapled?: readonly CertificateName[];
  /** Another issuer's word for a certificate: its name and key stand in the CertID, and it signs. */
  stapleIssuers?: { readonly [name in CertificateName]?: IssuerName };
  /** Whose certificate a delegated responder has; by default that of the issuer it speaks for. */
  responderIssuer?: IssuerName;
  /** Upper-case hex of a hash of the certificate, or names that tell nothing. */
  stapleNames?: "sha1" | "sha256" | "arbitrary";
  /** Lists one more staple, which cannot be decoded. */
  brokenStaple?: boolean;
  /** Makes staples anew when half of their week is gone, as the service does; else the clock can make them stale. */
  renewStaples?: boolean;
}

export const DEFAULT_OPTIONS: Required<Omit<AuthorityOptions, "responderIssuer">> = {
  caKey: "rsa-2048",
  signerKey: "rsa-2048",
  signerNames: "exact",
  served: ["signer", "intermediate", "root", "services-root"],
  anchors: ["anchor"],
  certificates: {},
  staples: {},
  staplesOf: {},
  stapled: ["signer", "intermediate", "root", "services-root"],
  stapleIssuers: {},
  stapleNames: "sha1",
  brokenStaple: true,
  renewStaples: false,
};

/** Options with nothing left open. */
export type AllOptions = typeof DEFAULT_OPTIONS & AuthorityOptions;

export const DEFAULT_STAPLE: StapleShape = {
  status: "good",
  age: "current",
  responseStatus: "successful",
  certIdHash: "SHA-1",
  responder: "issuer",
  responderId: "key",
  hash: "SHA-256",
  serial: null,
  damage: "none",
};
