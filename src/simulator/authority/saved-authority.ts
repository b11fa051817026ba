/** Keys and certificates of an authority as JSON, so that the next start has the same root, and the same signer. */
import { X509Certificate } from "node:crypto";
import { CERTIFICATES, type CertificateName, type Certificates, type Keys } from "./certificate-names.ts";
import type { Certificate } from "./certificates.ts";
import { type KeyPair, pemOf, readKey } from "./key-pairs.ts";

export interface SavedAuthority {
  /** The name that the signer's certificate is for. */
  readonly host: string;
  readonly keys: Readonly<Record<keyof Keys, { readonly kind: KeyPair["kind"]; readonly pem: string }>>;
  readonly certificates: Readonly<Record<CertificateName, { readonly subject: string; readonly pem: string }>>;
}

export interface Material {
  readonly keys: Keys;
  readonly certificates: Certificates;
}

/** Seconds before its end from which a certificate is issued again: as long as public CAs recommend. */
const RENEWED_BEFORE = 30 * 86_400;

export function savedFrom(host: string, { keys, certificates }: Material): SavedAuthority {
  return {
    host,
    keys: mapped(keys, (key) => ({ kind: key.kind, pem: pemOf(key) })),
    certificates: mapped(certificates, ({ subject, pem }) => ({ subject, pem })),
  };
}

export function materialFrom(saved: SavedAuthority): Material {
  return {
    keys: mapped(saved.keys, ({ kind, pem }) => readKey(kind, pem)),
    certificates: mapped(saved.certificates, ({ subject, pem }): Certificate => {
      const { raw, serialNumber } = new X509Certificate(pem);
      return { der: raw, pem, serial: serialNumber, subject };
    }),
  };
}

/**
 * Returns the certificates to issue again: those that end soon or are not valid yet, and the signer's if it is for another
 * name. The anchors stay, as files that contain them must stay valid.
 * @throws Error if an anchor is not valid at this time
 */
export function outdated(
  saved: SavedAuthority,
  host: string,
  anchors: readonly CertificateName[],
  now: Date,
): CertificateName[] {
  const names = Object.keys(CERTIFICATES) as CertificateName[];
  const validity = (name: CertificateName, plusSeconds: number): boolean => {
    const { validFrom, validTo } = new X509Certificate(saved.certificates[name].pem);
    const at = now.getTime();
    return new Date(validFrom).getTime() <= at && at + plusSeconds * 1000 < new Date(validTo).getTime();
  };
  const over = anchors.find((name) => !validity(name, 0));
  if (over !== undefined) throw new Error(`the saved ${over} certificate is not valid at ${now.toISOString()}`);
  return names.filter(
    (name) =>
      !anchors.includes(name) && (!validity(name, RENEWED_BEFORE) || (name === "signer" && saved.host !== host)),
  );
}

/** Returns an object with the same names, and with the values that `change` makes. */
function mapped<K extends string, A, B>(values: Readonly<Record<K, A>>, change: (value: A) => B): Record<K, B> {
  const entries = Object.entries<A>(values).map(([name, value]) => [name, change(value)]);
  return Object.fromEntries(entries) as Record<K, B>;
}
