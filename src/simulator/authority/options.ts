/** All options of the simulated authority, with defaults that are like the real service. */
import type { CertificateName, IssuerName } from "./certificate-names.ts";
import type { Shapes } from "./hierarchy.ts";
import type { CaKeyKind, SignerKeyKind } from "./key-pairs.ts";
import type { StapleShape } from "./staples.ts";

export interface AuthorityOptions {
  /** Kind of key of every CA and responder. */
  caKey?: CaKeyKind;
  /** The service has "rsa-2048"; the others are attacks. */
  signerKey?: SignerKeyKind;
  /** Names in the signer's certificate: SAN and CN, a SAN with a wildcard, or a CN alone. */
  signerNames?: "exact" | "wildcard" | "cn-only";
  /** The served certificates, in the order of the list. */
  served?: readonly CertificateName[];
  /** Certificates in the anchors file. */
  anchors?: readonly CertificateName[];
  /** Deliberate changes to single certificates. */
  certificates?: Shapes;

  /** Content of all staples. */
  staples?: Partial<StapleShape>;
  /** Content of single staples; takes precedence over `staples`. */
  staplesOf?: { readonly [name in CertificateName]?: Partial<StapleShape> };
  /** Certificates that have a staple, in the order of the list. */
  stapled?: readonly CertificateName[];
  /** Another issuer for a certificate's staple: its name and key are in the CertID, and it signs. */
  stapleIssuers?: { readonly [name in CertificateName]?: IssuerName };
  /** Issuer of the delegated responder's certificate; by default the issuer for which it responds. */
  responderIssuer?: IssuerName;
  /** Names of staples: upper-case hex of a hash of the certificate, or arbitrary names. */
  stapleNames?: "sha1" | "sha256" | "arbitrary";
  /** Adds a staple that cannot be decoded to the list. */
  brokenStaple?: boolean;
  /** Renews staples after half of their week, as the service does; otherwise the clock can make them stale. */
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

/** Options with all defaults filled in. */
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
