/** The certificate extensions on which a decision depends (RFC 5280 §4.2.1). Other critical extensions are listed. */
import { CERTIFICATE, STAPLE } from "../bounds.ts";
import { constructed, DerError, DerReader, type Element, primitive, readDer, TAG } from "../der/der.ts";
import { booleanOf, namedBitsOf, oidOf, smallIntegerOf } from "../der/der-values.ts";
import { type NameConstraints, readNameConstraints } from "./name-constraints.ts";

export const KEY_USAGE = { digitalSignature: 0, keyCertSign: 5 } as const;

export const EKU = {
  any: "2.5.29.37.0",
  serverAuth: "1.3.6.1.5.5.7.3.1",
  ocspSigning: "1.3.6.1.5.5.7.3.9",
} as const;

/** Each is undefined if the certificate does not have the extension. */
export interface Extensions {
  readonly basicConstraints: { readonly ca: boolean; readonly pathLength: number | undefined } | undefined;
  /** Numbers of the bits that are set. */
  readonly keyUsage: ReadonlySet<number> | undefined;
  readonly extendedKeyUsage: ReadonlySet<string> | undefined;
  /** Every dNSName of the subjectAltName, Latin-1, unchanged. */
  readonly dnsNames: readonly string[] | undefined;
  readonly nameConstraints: NameConstraints | undefined;
  /** OIDs of unknown critical extensions: a certificate with one must be refused (RFC 5280 §4.2). */
  readonly unknownCritical: readonly string[];
}

type Reader = (value: Uint8Array) => Partial<Extensions>;

const READERS = new Map<string, Reader>([
  ["2.5.29.15", (value) => ({ keyUsage: namedBitsOf(readDer(value, TAG.bitString), CERTIFICATE.keyUsage) })],
  ["2.5.29.17", (value) => ({ dnsNames: dnsNamesOf(value) })],
  ["2.5.29.19", (value) => ({ basicConstraints: basicConstraintsOf(value) })],
  ["2.5.29.30", (value) => ({ nameConstraints: readNameConstraints(value) })],
  ["2.5.29.37", (value) => ({ extendedKeyUsage: extendedKeyUsageOf(value) })],
]);

const NONE: Extensions = {
  basicConstraints: undefined,
  keyUsage: undefined,
  extendedKeyUsage: undefined,
  dnsNames: undefined,
  nameConstraints: undefined,
  unknownCritical: [],
};

/** @param list the SEQUENCE OF Extension; undefined if there are no extensions */
export function readExtensions(list: Element | undefined): Extensions {
  const seen = new Set<string>();
  const unknownCritical: string[] = [];
  let known: Extensions = NONE;
  for (const { content } of list === undefined ? [] : each(list, CERTIFICATE.extensions)) {
    const { oid, critical, value } = extensionOf(content);
    // RFC 5280 §4.2: no extension twice. Different readers would obey different ones.
    if (seen.has(oid)) throw new DerError(`extension ${oid} twice`);
    seen.add(oid);
    const read = READERS.get(oid);
    if (read !== undefined) known = { ...known, ...read(value) };
    else if (critical) unknownCritical.push(oid);
  }
  return { ...known, unknownCritical };
}

/** Returns the OIDs of critical extensions in any Extensions (OCSP uses the same type: RFC 6960 §4.4). */
export function criticalExtensions(list: Element): string[] {
  const extensions = each(list, STAPLE.extensions).map(({ content }) => extensionOf(content));
  return extensions.filter(({ critical }) => critical).map(({ oid }) => oid);
}

const each = (list: Element, most: number): Element[] =>
  new DerReader(list.content).rest(TAG.sequence, most, "extensions");

function extensionOf(content: Uint8Array): { oid: string; critical: boolean; value: Uint8Array } {
  const fields = new DerReader(content);
  const oid = oidOf(fields.next(TAG.oid));
  const flag = fields.optional(TAG.boolean);
  // X.690 §11.5: a default value is left out. Real CAs have encoded it anyway; the meaning is the same.
  const critical = flag !== undefined && booleanOf(flag);
  const value = fields.next(TAG.octetString).content;
  fields.end();
  return { oid, critical, value };
}

/** Parses basicConstraints (RFC 5280 §4.2.1.9). A path length without CA is meaningless, and refused. */
function basicConstraintsOf(value: Uint8Array): Extensions["basicConstraints"] {
  const fields = DerReader.inside(value);
  const flag = fields.optional(TAG.boolean);
  const length = fields.optional(TAG.integer);
  fields.end();
  const ca = flag !== undefined && booleanOf(flag);
  if (!ca && length !== undefined) throw new DerError("a path length on a certificate that is not a CA");
  return { ca, pathLength: length && smallIntegerOf(length) };
}

function extendedKeyUsageOf(value: Uint8Array): ReadonlySet<string> {
  const purposes = DerReader.inside(value).rest(TAG.oid, CERTIFICATE.purposes, "purposes").map(oidOf);
  if (purposes.length === 0) throw new DerError("an extended key usage without purposes");
  return new Set(purposes);
}

/** Returns the names in GeneralNames (RFC 5280 §4.2.1.6) that can be a signer's name: only dNSName [2]. */
function dnsNamesOf(value: Uint8Array): string[] {
  const names: string[] = [];
  const list = DerReader.inside(value);
  if (list.done) throw new DerError("a subjectAltName without names");
  for (let count = 1; !list.done; count += 1) {
    if (count > CERTIFICATE.names) throw new DerError(`a subjectAltName of over ${CERTIFICATE.names} names`);
    const name = list.any();
    if (name.tag === primitive(2)) names.push(Buffer.from(name.content).toString("latin1"));
    else if ((name.tag & 0xc0) !== (constructed(0) & 0xc0)) throw new DerError("a GeneralName without its tag");
  }
  return names;
}
