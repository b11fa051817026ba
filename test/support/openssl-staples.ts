/** OCSP responses by `openssl ocsp`, optionally with other times, and then signed again by `openssl dgst`. */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join as joinPath } from "node:path";
import type { OpensslDir } from "./openssl.ts";
import { type Issued, stamp } from "./openssl-certificates.ts";
import { join, nth, split, type Tlv, whole } from "./openssl-der.ts";

export interface StapleOptions {
  /** Certificates whose status is requested: one SingleResponse each. */
  readonly of: readonly Issued[];
  readonly issuer: Issued;
  readonly status?: "good" | "revoked" | "unknown" | undefined;
  /** Absent: the issuer itself, whose certificate is not included. */
  readonly responder?: Issued | undefined;
  /** Leaves the responder's certificate out. */
  readonly bare?: boolean | undefined;
  readonly byKey?: boolean | undefined;
  readonly certIdHash?: "sha1" | "sha256" | "sha384" | "sha512" | undefined;
  readonly digest?: string | undefined;
  /** Absent: now, by this machine's clock, and three days later; null: no nextUpdate. */
  readonly thisUpdate?: Date | undefined;
  readonly nextUpdate?: Date | null | undefined;
}

/** Returns the DER of an OCSPResponse for these options, which is made only once. */
export function staple(shop: OpensslDir, options: StapleOptions): Promise<Buffer> {
  const { of, issuer, responder, ...rest } = options;
  const name = (certificate: Issued) => createHash("sha256").update(certificate.der).digest("hex");
  const identity = { ...rest, of: of.map(name), issuer: name(issuer), responder: responder && name(responder) };
  return shop.once(["staple", identity], () => make(shop, options));
}

async function make(shop: OpensslDir, options: StapleOptions): Promise<Buffer> {
  const { of, issuer, responder = issuer, status = "good", digest = "sha256", thisUpdate, nextUpdate } = options;
  const folder = await shop.folder();
  const index = joinPath(folder, "index.txt");
  writeFileSync(index, status === "unknown" ? "" : of.map((certificate) => row(certificate, status)).join(""));

  const out = joinPath(folder, "response.der");
  const { certIdHash = "sha1", byKey = false, bare = responder === issuer } = options;
  await shop.run([
    ...["ocsp", "-noverify", "-index", index, "-CA", issuer.file, "-issuer", issuer.file],
    ...of.flatMap(({ file }) => [`-${certIdHash}`, "-cert", file]),
    ...["-rsigner", responder.file, "-rkey", responder.keyFile, "-rmd", digest, "-respout", out],
    ...(bare ? ["-resp_no_certs"] : []),
    ...(byKey ? ["-resp_key_id"] : []),
    ...(nextUpdate === null ? [] : ["-ndays", "3"]),
  ]);
  const response = readFileSync(out);
  if (thisUpdate === undefined && !nextUpdate) return response;
  return resigned(shop, response, responder, (single) => restamped(single, thisUpdate, nextUpdate ?? undefined));
}

/** Returns a line of `openssl ca`'s database, in which subject names must be unique. */
function row({ serial, notAfter }: Issued, status: "good" | "revoked"): string {
  const end = stamp(notAfter).slice(2);
  const start = status === "good" ? "V" : "R";
  const revoked = status === "good" ? "" : "240102030405Z,keyCompromise";
  return `${start}\t${end}\t${revoked}\t${serial}\tunknown\t/CN=${serial}\n`;
}

/** Replaces the times of a SingleResponse: certID, certStatus, thisUpdate, [0] nextUpdate. */
function restamped(single: Tlv, thisUpdate: Date | undefined, nextUpdate: Date | undefined): Buffer {
  const time = (date: Date) => join(0x18, Buffer.from(stamp(date)));
  const [certId, status, first, second, ...rest] = split(single.content).map(whole);
  if (certId === undefined || status === undefined || first === undefined) throw new Error("no SingleResponse");
  return join(
    single.tag,
    certId,
    status,
    thisUpdate === undefined ? first : time(thisUpdate),
    nextUpdate === undefined ? (second ?? Buffer.alloc(0)) : join(0xa0, time(nextUpdate)),
    ...rest,
  );
}

/** Returns the response with every SingleResponse changed, signed again with the responder's key and SHA-256. */
export async function resigned(
  shop: OpensslDir,
  response: Buffer,
  responder: Issued,
  change: (single: Tlv) => Buffer,
): Promise<Buffer> {
  const [status, bytes] = split(nth(response, 0).content);
  if (status === undefined || bytes === undefined) throw new Error("no successful OCSPResponse");
  const [type, octets] = split(nth(bytes.content, 0).content);
  if (type === undefined || octets === undefined) throw new Error("no ResponseBytes");
  const [data, algorithm, , ...certificates] = split(nth(octets.content, 0).content);
  if (data === undefined || algorithm === undefined) throw new Error("no BasicOCSPResponse");

  const fields = split(data.content).map((field) =>
    field.tag === 0x30 ? join(0x30, ...split(field.content).map(change)) : whole(field),
  );
  const tbs = join(0x30, ...fields);
  const signature = await shop.run(["dgst", "-sha256", "-sign", responder.keyFile], tbs);
  const basic = join(0x30, tbs, whole(algorithm), join(0x03, Buffer.alloc(1), signature), ...certificates.map(whole));
  return join(0x30, whole(status), join(0xa0, join(0x30, whole(type), join(0x04, basic))));
}
