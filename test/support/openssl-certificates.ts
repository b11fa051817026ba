/** Certificates by `openssl ca`, the only subcommand that accepts both dates in every OpenSSL 3. */
import { createHash, X509Certificate } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KeyName, OpensslDir } from "./openssl.ts";

export interface Issued {
  /** In openssl's syntax: `/O=Test/CN=Root`. */
  readonly subject: string;
  readonly key: KeyName;
  readonly serial: string;
  /** Paths of the certificate and of its private key, as PEM. */
  readonly file: string;
  readonly keyFile: string;
  readonly pem: string;
  readonly der: Buffer;
  readonly notAfter: Date;
}

export interface CertificateOptions {
  readonly subject: string;
  readonly key: KeyName;
  /** Absent: self-signed. */
  readonly issuer?: Issued | undefined;
  readonly from: Date;
  readonly to: Date;
  /** Even number of hex digits; absent: derived from the other options. */
  readonly serial?: string | undefined;
  readonly digest?: string | undefined;
  /** Extension lines of openssl's configuration, by name; undefined omits an extension. */
  readonly extensions: Readonly<Record<string, string | undefined>>;
}

/** Returns the certificate for these options, which is made only once. */
export function issue(shop: OpensslDir, options: CertificateOptions): Promise<Issued> {
  const { issuer, ...rest } = options;
  const identity = { ...rest, issuer: issuer && createHash("sha256").update(issuer.der).digest("hex") };
  return shop.once(["certificate", identity], () => make(shop, options, serialOf(identity)));
}

/** Returns a serial number: positive, 16 bytes, different for every set of options. */
const serialOf = (identity: { serial?: string | undefined }): string =>
  identity.serial ??
  `5A${createHash("sha256").update(JSON.stringify(identity)).digest("hex").slice(0, 30).toUpperCase()}`;

async function make(shop: OpensslDir, options: CertificateOptions, serial: string): Promise<Issued> {
  const { subject, key, issuer, from, to, digest = "sha256", extensions } = options;
  const folder = await shop.folder();
  const config = join(folder, "ca.cnf");
  writeFileSync(config, configuration(folder, extensions));
  writeFileSync(join(folder, "index.txt"), "");
  writeFileSync(join(folder, "serial"), serial);

  const keyFile = await shop.key(key);
  const file = join(folder, "certificate.pem");
  const by = issuer ? ["-cert", issuer.file, "-keyfile", issuer.keyFile] : ["-selfsign", "-keyfile", keyFile];
  await shop.run([
    ...["ca", "-batch", "-notext", "-preserveDN", "-config", config, "-md", digest, "-subj", subject],
    ...["-startdate", stamp(from), "-enddate", stamp(to), ...by, "-in", await shop.request(key), "-out", file],
  ]);
  const pem = readFileSync(file, "latin1");
  const { raw: der } = new X509Certificate(pem);
  return { subject, key, serial, file, keyFile, pem, der, notAfter: to };
}

function configuration(folder: string, extensions: CertificateOptions["extensions"]): string {
  const lines = Object.entries(extensions).flatMap(([name, value]) =>
    value === undefined ? [] : `${name} = ${value}`,
  );
  return [
    ...["[ca]", "default_ca = test", "[test]", `new_certs_dir = ${folder}`, `database = ${folder}/index.txt`],
    ...[`serial = ${folder}/serial`, "policy = any", "unique_subject = no", "x509_extensions = extensions"],
    ...["[any]", "commonName = optional", "[extensions]", ...lines, ""],
  ].join("\n");
}

/** YYYYMMDDHHMMSSZ. */
export const stamp = (date: Date): string => `${date.toISOString().slice(0, 19).replace(/[-T:]/g, "")}Z`;
