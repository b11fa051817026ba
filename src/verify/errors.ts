/**
 * The closed list of Faults, which stop a whole call, each with a hint on what to do next.
 * Codes are public and never renamed. A message is lower case, has no full stop, and names the value that broke the rule.
 * The hint is for an administrator who reads it at night. docs/troubleshooting.md has a line for every code.
 */
export const FAULTS = {
  // Security-critical files, and settings.
  FILE_UNREADABLE: "make the file readable for the AuthorizedKeysCommandUser, or remove the setting that names it",
  FILE_UNTRUSTED: "the file and every folder above it must belong to root and be writable by root only",
  SETTINGS_INVALID: "correct the named line of the settings file; until then no pushed key is accepted",
  ANCHORS_INVALID: "the file must hold self-issued CA certificates in PEM form, and nothing else",

  // Identity of the instance.
  INSTANCE_MISMATCH: "something else answers at the metadata address, or [instance] id is wrong; find out which",

  // The metadata service.
  METADATA_UNREACHABLE: "is the instance metadata service enabled, and not filtered for the AuthorizedKeysCommandUser?",
  METADATA_TIMEOUT:
    "in a container, is the hop limit of the instance's metadata options 2? otherwise, is it being asked too often?",
  METADATA_BROKEN:
    "the connection to the metadata service broke each time; try again, then look at firewalls and proxies",
  METADATA_STATUS:
    "429 or 503: asked too often, try again; 401 or 403: look at the instance's metadata options; else find out who answers",
  METADATA_TOO_LARGE: "this is not what EC2 Instance Connect serves; find out who answers at the metadata address",
  METADATA_MALFORMED: "this is not what EC2 Instance Connect serves; find out who answers at the metadata address",

  // The signer's name and certificate chain (RFC 5280).
  DOMAIN_UNKNOWN: "if this partition is genuine, add its service domain to [trust] domains in the settings",
  SIGNER_MALFORMED: "the signer's certificate list cannot be read; find out who answers at the metadata address",
  SIGNER_NAME: "the certificate is for another service or region; find out who answers at the metadata address",
  SIGNER_KEY: "the service signs with RSA keys of 2048 to 8192 bits; find out who answers at the metadata address",
  SIGNER_USAGE: "this certificate may not sign key documents; find out who answers at the metadata address",
  CHAIN_UNTRUSTED: "no path leads to a trusted root; is the package up to date, or should [trust] name another anchor?",
  CHAIN_SIGNATURE: "a certificate was not signed by the issuer it names; find out who answers at the metadata address",
  CHAIN_EXPIRED: "is this machine's clock right? otherwise wait until the service renews its certificate",
  CHAIN_NOT_YET_VALID: "is this machine's clock right? it is earlier than the certificate's first day",
  CHAIN_NOT_CA: "the chain contains a certificate that may not issue others; find out who answers",
  CHAIN_PATH_LENGTH: "a CA issued deeper than it may; find out who answers at the metadata address",
  CHAIN_USAGE: "a CA in the chain may not sign certificates of this use; find out who answers",
  CHAIN_ALGORITHM: "the chain uses a weak or unknown algorithm; is the package up to date?",
  CHAIN_EXTENSION:
    "a critical extension is not understood, so its restrictions cannot be enforced; is the package up to date?",
  CHAIN_NAME_CONSTRAINTS: "an issuer is not allowed to name this signer; find out who answers at the metadata address",
  CHAIN_TOO_LONG: "the certificate list allows too many paths; find out who answers at the metadata address",

  // Revocation by OCSP staples (RFC 6960).
  STAPLE_MISSING: "the service gave no proof that the certificate is not revoked; try again in a minute",
  STAPLE_UNFETCHED: "the metadata service named a staple and did not deliver it; try again in a minute",
  STAPLE_MALFORMED: "the staple is not an OCSP response; find out who answers at the metadata address",
  STAPLE_TRUNCATED: "the staple is incomplete; try again in a minute",
  STAPLE_UNSUCCESSFUL: "the responder had no answer for the service; try again in a minute",
  STAPLE_WRONG_CERTIFICATE: "the staple is for another certificate of this issuer; try again in a minute",
  STAPLE_WRONG_ISSUER: "the staple is for another issuer's certificate; find out who answers",
  STAPLE_RESPONDER:
    "the signer of the staple is not authorized by the issuer; find out who answers at the metadata address",
  STAPLE_SIGNATURE: "the staple's signature is invalid; find out who answers at the metadata address",
  STAPLE_STALE: "is this machine's clock right? otherwise wait until the service renews its staples",
  STAPLE_EARLY: "is this machine's clock right? it is earlier than the staple's time",
  STAPLE_UNKNOWN: "the issuer does not know the certificate; find out who answers at the metadata address",
  SIGNER_REVOKED: "the issuer revoked this certificate; keys are accepted again once the service has a new signer",

  // Recording and output of the answer.
  AUDIT_FAILED:
    "correct the log that [audit] target names, or set [audit] required = false; until then no key is passed to sshd",
  OUTPUT_FAILED: "the process that reads standard output closed or blocked it",
} as const;

export type FaultCode = keyof typeof FAULTS;

/** Facts in addition to the message: the expected and found values, names, times. For records and `--json`. */
export type Facts = Readonly<Record<string, string | number>>;

/** The settings' parsers are in a separate bundle with its own copy of this class; this symbol identifies a Fault. */
const BRAND = Symbol.for("eic-agent.Fault");

/**
 * A call that cannot continue: thrown where the problem is found, caught once, in main.ts.
 * A key that fails a check is not a Fault but a refused Verdict.
 */
export class Fault extends Error {
  override readonly name = "Fault";
  readonly [BRAND] = true;
  readonly code: FaultCode;
  readonly facts: Facts;

  constructor(code: FaultCode, message: string, facts: Facts = {}, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.facts = facts;
  }

  static override [Symbol.hasInstance](value: unknown): value is Fault {
    return value instanceof Error && BRAND in value;
  }

  get hint(): string {
    return FAULTS[this.code];
  }
}
