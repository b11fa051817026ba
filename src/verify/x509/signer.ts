/** Validates the signer: the expected name, the certificate with that name, and whether it may sign key documents. */
import type { KeyObject } from "node:crypto";
import { LIST } from "../bounds.ts";
import { type Facts, Fault, type FaultCode } from "../errors.ts";
import type { Rules, SignerEvidence } from "../evidence.ts";
import { quoted } from "../verdict.ts";
import { describeKey } from "./algorithms.ts";
import type { Anchor } from "./anchor.ts";
import {
  type Certificate,
  displayName,
  type ParsedCertificates,
  tryParseCertificates,
  validityFault,
  validityOf,
} from "./certificate.ts";
import { EKU, KEY_USAGE } from "./extensions.ts";
import { findPath } from "./path-builder.ts";
import { PemError, readPem } from "./pem.ts";
import { intersect, isWithin, type Validity } from "./validity.ts";

/** `services/domain` by partition: aws and aws-us-gov, aws-cn, aws-iso, aws-iso-b, aws-iso-e, aws-iso-f. */
const DOMAINS: readonly string[] = [
  "amazonaws.com",
  "amazonaws.com.cn",
  "c2s.ic.gov",
  "sc2s.sgov.gov",
  "cloud.adc-e.uk",
  "csp.hci.ic.gov",
];

declare const chained: unique symbol;

/** Proof that a certificate for the expected name chained to an anchor when it was checked. Does not cover revocation. */
export interface TrustedSigner {
  readonly [chained]: true;
  readonly name: string;
  readonly key: KeyObject;
  /** Bytes of the modulus, and of every signature of this signer. */
  readonly modulusBytes: number;
  /** Leaf first, without the anchor. */
  readonly path: readonly [Certificate, ...Certificate[]];
  readonly anchor: Anchor;
  /** The period in which the anchor and all certificates of the path are valid. */
  readonly validity: Validity;
}

/**
 * Validates the served certificate list: name, use, key, and a path to an anchor (RFC 5280 §6.1).
 * @throws Fault DOMAIN_UNKNOWN, METADATA_MALFORMED, SIGNER_* or CHAIN_*: the first check that failed
 */
export function validateSignerChain(evidence: SignerEvidence, rules: Rules, now: Date): TrustedSigner {
  const name = expectedDnsName(evidence, rules.domains);
  const list = parseCertificates(evidence.certificates);
  const leaf = findLeaf(name, list);
  const key = checkLeaf(leaf, now);
  const { path, anchor } = findPath(leaf, list.readable, rules.anchors, now);
  const modulusBytes = Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8);
  const validity = intersect([validityOf(anchor), ...path.map(validityOf)]);
  return { name, key, modulusBytes, path, anchor, validity } as TrustedSigner;
}

/** Returns `managed-ssh-signer.<region>.<domain>`. Both are unsigned, so both are checked against possible values. */
export function expectedDnsName({ region, domain }: SignerEvidence, domains: readonly string[]): string {
  if (!/^[a-z0-9-]{1,63}$/.test(region)) {
    throw new Fault("METADATA_MALFORMED", `placement/region is not a region: ${quoted(region)}`, { found: region });
  }
  if (!DOMAINS.includes(domain) && !domains.includes(domain)) {
    throw new Fault("DOMAIN_UNKNOWN", `services/domain is not known: ${quoted(domain)}`, { found: domain });
  }
  return `managed-ssh-signer.${region}.${domain}`;
}

/** Two steps of a call need the list; it is parsed once. */
const alreadyRead = new WeakMap<Uint8Array, ParsedCertificates>();

function parseCertificates(bytes: Uint8Array): ParsedCertificates {
  const list = alreadyRead.get(bytes) ?? parseUncached(bytes);
  alreadyRead.set(bytes, list);
  return list;
}

/** Parses the list. A certificate that cannot be parsed can be on no path; it is an error only if no other is left. */
function parseUncached(bytes: Uint8Array): ParsedCertificates {
  const malformed = (what: string, cause?: unknown) =>
    new Fault("SIGNER_MALFORMED", `signer-cert: ${what}`, {}, { cause });
  try {
    const ders = readPem(Buffer.from(bytes).toString("latin1"), LIST.lines);
    if (ders.length > LIST.certificates) throw malformed(`${ders.length} certificates, limit ${LIST.certificates}`);
    if (ders.length === 0) throw malformed("no certificate in it");
    const list = tryParseCertificates(ders);
    if (list.readable.length === 0) throw malformed(`no certificate can be read: ${list.errors.join("; ")}`);
    return list;
  } catch (error) {
    if (error instanceof PemError) throw malformed(error.message, error);
    throw error;
  }
}

/** Returns the first certificate with the name. Lists are served leaf first, but nothing depends on that. */
function findLeaf(name: string, { readable, errors }: ParsedCertificates): Certificate {
  const leaf = readable.find(({ dnsNames }) => dnsNames?.some((found) => asciiLowerCase(found) === name));
  if (leaf !== undefined) return leaf;
  const found = readable[0]?.dnsNames?.map(quoted).join(", ") ?? "no DNS name";
  const unread = errors.length === 0 ? "" : `; ${errors.length} of the list cannot be read: ${errors.join("; ")}`;
  throw new Fault("SIGNER_NAME", `the signer's certificate is for ${found}, expected ${name}${unread}`, {
    expected: name,
    found,
  });
}

/** Converts only A-Z: toLowerCase would also fold the Kelvin sign and other characters that DNS does not. */
const asciiLowerCase = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

function checkLeaf(leaf: Certificate, now: Date): KeyObject {
  const fault = (code: FaultCode, what: string, facts: Facts = {}) => {
    const certificate = displayName(leaf.subject);
    return new Fault(code, `${quoted(certificate)} ${what}`, { certificate, ...facts });
  };
  if (leaf.key?.asymmetricKeyType !== "rsa") {
    const found = describeKey(leaf.spki);
    throw fault("SIGNER_KEY", `has a key of ${found}`, { found });
  }
  if (!isWithin(now, validityOf(leaf))) throw validityFault(leaf, now);
  if (leaf.basicConstraints?.ca === true) throw fault("SIGNER_USAGE", "is a CA certificate");
  if (leaf.keyUsage?.has(KEY_USAGE.digitalSignature) !== true) throw fault("SIGNER_USAGE", "may not make signatures");
  const { extendedKeyUsage: eku } = leaf;
  if (eku !== undefined && !eku.has(EKU.serverAuth) && !eku.has(EKU.any)) {
    throw fault("SIGNER_USAGE", "is not a server certificate");
  }
  const [extension] = leaf.unknownCritical;
  if (extension !== undefined) {
    throw fault("CHAIN_EXTENSION", `has the critical extension ${extension}`, { extension });
  }
  return leaf.key;
}
