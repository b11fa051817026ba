/**
 * Checks whether the service accepts a pushed key: RSA of 2048 bits or more, or ED25519, in the form of an OpenSSH
 * .pub file (EC2 user guide, "Connect using EC2 Instance Connect"; the layout is RFC 4253 §6.6 and RFC 8709 §4).
 */
import { createHash } from "node:crypto";
import { ApiError } from "./api-errors.ts";

export interface SshPublicKey {
  /** "type base64" and the comment, as sent, without surrounding white space. */
  readonly line: string;
  readonly type: KeyType;
  /** "SHA256:…", as ssh-keygen -l prints it. */
  readonly fingerprint: string;
}

const TYPES = ["ssh-rsa", "ssh-ed25519"] as const;
type KeyType = (typeof TYPES)[number];

/** Bits. */
const RSA_MIN = 2048;
/** Bytes. */
const ED25519_LENGTH = 32;

/** @throws ApiError InvalidArgsException that says what is wrong */
export function parseSshPublicKey(text: string): SshPublicKey {
  const line = text.trim();
  if (line.includes("PRIVATE KEY")) throw invalid("it is a private key, which must never be sent anywhere");
  if (line.startsWith("---- BEGIN SSH2") || line.startsWith("-----BEGIN")) {
    throw invalid("it is in PEM or RFC 4716 form; ssh-keygen -i converts it to OpenSSH's form");
  }
  const control = /[\x00-\x1f\x7f\u0080-\u009f\u2028\u2029]/.exec(line);
  if (control?.[0] === "\n") throw invalid("it has more than one line");
  if (control) throw invalid(`it has a control character at column ${control.index + 1}`);
  const [type = "", base64 = ""] = line.split(" ");
  if (!isType(type)) throw invalid(otherType(type));
  if (base64 === "") throw invalid("nothing follows its type");
  const blob = Buffer.from(base64, "base64");
  if (blob.toString("base64") !== base64) throw invalid("the text after its type is not base64");
  checkBlob(blob, type);
  return { line, type, fingerprint: fingerprintOf(blob) };
}

/** Returns the fingerprint of the first part of a text that looks like a key's blob; empty if not found. */
export function fingerprintIn(text: string): string {
  const base64 = /(?:^|[ \t])(AAAA[A-Za-z0-9+/]+={0,2})/.exec(text)?.[1];
  return base64 === undefined ? "" : fingerprintOf(Buffer.from(base64, "base64"));
}

const fingerprintOf = (blob: Uint8Array): string =>
  `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;

function checkBlob(blob: Buffer, type: KeyType): void {
  const [name, ...fields] = stringsOf(blob);
  if (name?.toString("latin1") !== type) throw invalid(`its first word is ${type} and its base64 holds another type`);
  if (type === "ssh-ed25519") {
    const [key] = fields;
    if (fields.length !== 1 || key?.length !== ED25519_LENGTH) throw invalid("it is not an ED25519 key of 32 bytes");
    return;
  }
  const [exponent, modulus] = fields;
  if (fields.length !== 2 || exponent === undefined || modulus === undefined) {
    throw invalid("it is not an RSA key of an exponent and a modulus");
  }
  const bits = bitsOf(modulus);
  const odd = (number: Buffer) => ((number.at(-1) ?? 0) & 1) === 1;
  if (bitsOf(exponent) < 2 || !odd(exponent) || !odd(modulus))
    throw invalid("its RSA numbers are not those of a valid key");
  if (bits < RSA_MIN) throw invalid(`it is an RSA key of ${bits} bits, and at least ${RSA_MIN} are required`);
}

/** Returns the fields of a blob, each after its length in 4 bytes (RFC 4251 §5), up to the last byte. */
function stringsOf(blob: Buffer): Buffer[] {
  const fields: Buffer[] = [];
  for (let at = 0; at < blob.length; ) {
    const end = at + 4 <= blob.length ? at + 4 + blob.readUInt32BE(at) : Number.POSITIVE_INFINITY;
    if (end > blob.length) throw invalid("its base64 ends too early");
    fields.push(blob.subarray(at + 4, end));
    at = end;
  }
  return fields;
}

/** Returns the number of bits of a positive mpint without unnecessary leading zeros (RFC 4251 §5); 0 for any other. */
function bitsOf(mpint: Buffer): number {
  const [first = 0, second = 0] = mpint;
  const needless = first === 0 && second < 0x80;
  return first >= 0x80 || needless ? 0 : BigInt(`0x${mpint.toString("hex")}`).toString(2).length;
}

const isType = (type: string): type is KeyType => TYPES.some((one) => one === type);

function otherType(type: string): string {
  const known = /^(ecdsa-sha2-nistp\d+|sk-[\w@.-]+|ssh-dss|[\w-]+-cert-v01@openssh\.com)$/.test(type);
  if (known) return `${type} is not accepted, only ${TYPES.join(" and ")}`;
  return `it does not begin with ${TYPES.join(" or ")}`;
}

/** Returns the service's message for every invalid key, followed by the simulator's reason. */
const invalid = (why: string): ApiError => new ApiError("InvalidArgsException", `SSH Public key is invalid: ${why}`);
