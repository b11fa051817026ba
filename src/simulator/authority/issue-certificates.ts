/** Issues all certificates of the authority, and those of the delegated responder. */

import {
  CERTIFICATE_OF,
  CERTIFICATES,
  type CertificateName,
  type Certificates,
  type IssuerName,
  type Keys,
} from "./certificate-names.ts";
import type { Certificate } from "./certificates.ts";
import { issueCertificate, issueResponder, type Shapes } from "./hierarchy.ts";
import { type KeyPair, makeKey } from "./key-pairs.ts";
import type { AllOptions } from "./options.ts";

/** Issues the certificates of `names`, all of them by default. */
export async function issueAll(
  keys: Keys,
  host: string,
  options: AllOptions,
  now: Date,
  names: readonly CertificateName[] = Object.keys(CERTIFICATES) as CertificateName[],
): Promise<Certificates> {
  const shapes = { ...options.certificates, signer: { ...namesOf(host, options), ...options.certificates.signer } };
  const made = names.map(async (name) => [name, await issueCertificate(name, keys, host, shapes, now)] as const);
  return Object.fromEntries(await Promise.all(made)) as Record<CertificateName, Certificate>;
}

function namesOf(host: string, { signerNames }: AllOptions): Shapes["signer"] {
  const dnsNames = { exact: [host], wildcard: [host.replace(/^[^.]+/, "*")], "cn-only": [] };
  return { dnsNames: dnsNames[signerNames] };
}

/** The key and the certificates of the delegated responder. */
export interface DelegatedResponder {
  readonly key: KeyPair;
  readonly certificates: Readonly<Record<IssuerName, Certificate>>;
}

/** Checks whether some staple must be signed by a delegated responder: only then are its key and certificates needed. */
export const needsResponders = ({ staples, staplesOf }: AllOptions): boolean =>
  [staples, ...Object.values(staplesOf)].some(({ responder }) => responder === "delegated");

export async function issueResponders(
  keys: Keys,
  options: AllOptions,
  now: Date,
  key: KeyPair | undefined,
): Promise<DelegatedResponder> {
  const responder = key?.kind === options.caKey ? key : await makeKey(options.caKey);
  const names = Object.keys(CERTIFICATE_OF) as IssuerName[];
  const made = names.map(async (name) => {
    return [name, await issueResponder(name, keys, responder, options.certificates, now)] as const;
  });
  const certificates = Object.fromEntries(await Promise.all(made)) as Record<IssuerName, Certificate>;
  return { key: responder, certificates };
}
