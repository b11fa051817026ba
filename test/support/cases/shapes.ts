/** Certificates of a valid scene, with the same structure as the real service's, and the changes that a case can make. */
import type { KeyName } from "../openssl.ts";
import type { CertificateOptions } from "../openssl-certificates.ts";

/** Milliseconds. */
export const HALF_YEAR = 182 * 24 * 60 * 60 * 1000;

type Shape = Pick<CertificateOptions, "subject" | "key" | "extensions">;

export interface CertificateChanges {
  readonly subject?: string;
  readonly key?: Partial<KeyName>;
  readonly from?: Date;
  readonly to?: Date;
  readonly serial?: string;
  readonly digest?: string;
  /** By name: added to those of the shape, or replacing them; undefined removes one. */
  readonly extensions?: Readonly<Record<string, string | undefined>>;
}

export const SIGNER_NAME = "managed-ssh-signer.us-east-1.amazonaws.com";

/** Keys above the leaf are EC, because openssl makes them quickly. A chain with RSA keys only is a separate case. */
export const ROOT: Shape = {
  subject: "/C=US/O=Vector/CN=Vector Root CA 1",
  key: { kind: "ec", of: "root" },
  extensions: { basicConstraints: "critical,CA:TRUE", keyUsage: "critical,digitalSignature,cRLSign,keyCertSign" },
};

/** The root that cross-signs `ROOT`. */
export const CROSS: Shape = {
  subject: "/O=Vector Trust/CN=Vector Services Root",
  key: { kind: "ec", of: "cross" },
  extensions: { basicConstraints: "critical,CA:TRUE", keyUsage: "critical,cRLSign,keyCertSign" },
};

export const INTERMEDIATE: Shape = {
  subject: "/C=US/O=Vector/CN=Vector RSA 2048 M01",
  key: { kind: "ec", of: "intermediate" },
  extensions: {
    basicConstraints: "critical,CA:TRUE,pathlen:0",
    keyUsage: "critical,digitalSignature,cRLSign,keyCertSign",
    extendedKeyUsage: "serverAuth,clientAuth",
    certificatePolicies: "2.23.140.1.2.1",
  },
};

export const LEAF: Shape = {
  subject: `/CN=${SIGNER_NAME}`,
  key: { kind: "rsa", of: "leaf" },
  extensions: {
    basicConstraints: "critical,CA:FALSE",
    keyUsage: "critical,digitalSignature,keyEncipherment",
    extendedKeyUsage: "serverAuth,clientAuth",
    subjectAltName: `DNS:${SIGNER_NAME}`,
  },
};

export const RESPONDER: Shape = {
  subject: "/C=US/O=Vector/CN=Vector OCSP Responder",
  key: { kind: "ec", of: "responder" },
  extensions: {
    basicConstraints: "critical,CA:FALSE",
    keyUsage: "critical,digitalSignature",
    extendedKeyUsage: "OCSPSigning",
    noCheck: "ignored",
  },
};

export function changed(
  { subject, key, extensions }: Shape,
  { key: otherKey, extensions: otherExtensions, ...rest }: CertificateChanges,
): Shape & Omit<CertificateChanges, "key" | "extensions"> {
  return { subject, ...rest, key: { ...key, ...otherKey }, extensions: { ...extensions, ...otherExtensions } };
}
