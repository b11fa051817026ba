/**
 * Certificates and OCSP responses of any shape, assembled from DER: openssl cannot make them in these sizes. Written
 * independently of the reader in src/verify. Keys are made when they are first needed.
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { join } from "../openssl-der.ts";

export interface Key {
  readonly spki: Buffer;
  readonly privateKey: KeyObject;
}

/** Tags used here. */
const TAG = {
  boolean: 1,
  integer: 2,
  bits: 3,
  octets: 4,
  null: 5,
  oid: 6,
  utf8: 12,
  time: 24,
  sequence: 0x30,
  set: 0x31,
};
export const sequence = (...parts: readonly Buffer[]): Buffer => join(TAG.sequence, ...parts);
export const octets = (...parts: readonly Buffer[]): Buffer => join(TAG.octets, ...parts);
export const bits = (content: Buffer): Buffer => join(TAG.bits, Buffer.from([0]), content);
export const integer = (...bytes: readonly number[]): Buffer => join(TAG.integer, Buffer.from(bytes));
export const tagged = (n: number, ...parts: readonly Buffer[]): Buffer => join(0xa0 | n, ...parts);
const time = (text: string): Buffer => join(TAG.time, Buffer.from(text));

/** @param dotted arcs must be below 2^28, which is enough here */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...others] = dotted.split(".").map(Number);
  const arc = (value: number): number[] => [
    ...[21, 14, 7].filter((shift) => value >= 2 ** shift).map((shift) => 0x80 | ((value >> shift) & 0x7f)),
    value & 0x7f,
  ];
  return join(TAG.oid, Buffer.from([first * 40 + second, ...others.flatMap(arc)]));
}

export const rsaKey = (bits_: number): Key => pair(generateKeyPairSync("rsa", { modulusLength: bits_ }));
export const ecKey = (namedCurve: "P-256" | "P-521"): Key => pair(generateKeyPairSync("ec", { namedCurve }));
const pair = ({ publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject }): Key => ({
  spki: publicKey.export({ format: "der", type: "spki" }),
  privateKey,
});

/** Returns a random RSA key without a private half: verifying a signature with it costs the same as with a real key. */
export function rsaSpki(modulusBytes: number, exponent: Buffer): Buffer {
  const modulus = randomBytes(modulusBytes);
  modulus[0] = 0xff;
  modulus[modulusBytes - 1] = 0xff;
  const key = sequence(integer(0, ...modulus), integer(...((exponent[0] ?? 0) >= 0x80 ? [0] : []), ...exponent));
  return sequence(sequence(oid("1.2.840.113549.1.1.1"), join(TAG.null)), bits(key));
}

export const name = (...attributes: readonly string[]): Buffer =>
  sequence(...attributes.map((text) => join(TAG.set, sequence(oid("2.5.4.3"), join(TAG.utf8, Buffer.from(text))))));

export const extension = (id: string, value: Buffer, critical = false): Buffer =>
  sequence(oid(id), ...(critical ? [join(TAG.boolean, Buffer.from([0xff]))] : []), octets(value));

export const EXTENSION = {
  ca: extension("2.5.29.19", sequence(join(TAG.boolean, Buffer.from([0xff]))), true),
  signs: extension("2.5.29.15", join(TAG.bits, Buffer.from([7, 0x80]))),
  certifies: extension("2.5.29.15", join(TAG.bits, Buffer.from([2, 0x04]))),
  /** Returns a key usage of that many bytes with every bit set. */
  longUsage: (bytes: number) => extension("2.5.29.15", join(TAG.bits, Buffer.from([0]), Buffer.alloc(bytes, 0xff))),
  dns: (...names: readonly string[]) =>
    extension("2.5.29.17", sequence(...names.map((text) => join(0x82, Buffer.from(text))))),
  purposes: (...list: readonly string[]) => extension("2.5.29.37", sequence(...list.map(oid))),
  excluded: (...names: readonly string[]) =>
    extension("2.5.29.30", sequence(tagged(1, ...names.map((text) => sequence(join(0x82, Buffer.from(text)))))), true),
};
export const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
export const OCSP_SIGNING = "1.3.6.1.5.5.7.3.9";

export interface Shape {
  readonly subject: Buffer;
  readonly issuer: Buffer;
  readonly spki: Buffer;
  /** The issuer's key. A number: a forged RSA signature of that many bytes; undefined: of 256 bytes. */
  readonly by?: KeyObject | number | undefined;
  readonly extensions: readonly Buffer[];
  /** The INTEGER of the version field; 2 is v3. null: no version field. */
  readonly version?: number | null;
}

let serials = 0;

/** Returns one certificate, v3 unless `version` is given, valid from 2020 to 2049. */
export function certificate({ subject, issuer, spki, by, extensions, version = 2 }: Shape): Buffer {
  serials += 1;
  const algorithm = algorithmOf(by);
  const tbs = sequence(
    ...(version === null ? [] : [tagged(0, integer(version))]),
    integer(1, serials >> 8, serials & 0xff),
    ...[algorithm, issuer, sequence(time("20200101000000Z"), time("20490101000000Z")), subject, spki],
    tagged(3, sequence(...extensions)),
  );
  return sequence(tbs, algorithm, bits(signatureBy(by, tbs)));
}

const signatureBy = (by: Shape["by"], bytes: Buffer): Buffer =>
  typeof by === "object" ? sign("sha256", bytes, by) : Buffer.alloc(by ?? 256, 1);

const algorithmOf = (by: Shape["by"]): Buffer =>
  typeof by === "object" && by.asymmetricKeyType === "ec"
    ? sequence(oid("1.2.840.10045.4.3.2"))
    : sequence(oid("1.2.840.113549.1.1.11"), join(TAG.null));

export const pem = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${der.toString("base64").replace(/.{1,64}/g, "$&\n")}-----END CERTIFICATE-----\n`;

/** The certificate that a response is about, as in a CertID: data of its issuer, and the serial number. */
export interface About {
  readonly issuerName: Buffer;
  readonly issuerKeyBits: Buffer;
  readonly serial: Buffer;
}

export interface Response {
  readonly about: readonly About[];
  /** DER of the responder's Name. */
  readonly responder: Buffer;
  readonly by: KeyObject | undefined;
  readonly certificates?: readonly Buffer[];
  /** Extensions of each SingleResponse and of the whole response. */
  readonly extensions?: readonly Buffer[];
  /** The INTEGER of the version field; 0 is v1. Absent: no field, which means v1, the default. */
  readonly version?: number;
}

/** Returns one OCSPResponse with the status "good" until 2049. */
export function response({ about, responder, by, certificates = [], extensions = [], version }: Response): Buffer {
  const list = extensions.length === 0 ? [] : [tagged(1, sequence(...extensions))];
  const answers = about.map(({ issuerName, issuerKeyBits, serial }) =>
    sequence(
      sequence(sequence(oid("1.3.14.3.2.26")), octets(sha1(issuerName)), octets(sha1(issuerKeyBits)), serial),
      ...[join(0x80), time("20200101000000Z"), tagged(0, time("20490101000000Z")), ...list],
    ),
  );
  const said = version === undefined ? [] : [tagged(0, integer(version))];
  const data = sequence(...said, tagged(1, responder), time("20200101000000Z"), sequence(...answers), ...list);
  const basic = sequence(
    ...[data, algorithmOf(by), bits(signatureBy(by, data))],
    ...(certificates.length === 0 ? [] : [tagged(0, sequence(...certificates))]),
  );
  const status = join(10, Buffer.from([0]));
  return sequence(status, tagged(0, sequence(oid("1.3.6.1.5.5.7.48.1.1"), octets(basic))));
}

const sha1 = (bytes: Buffer): Buffer => createHash("sha1").update(bytes).digest();
