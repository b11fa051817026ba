/** Public keys for the cases: new for each, so that no answer can be that of an earlier case. No private key exists. */
import { createHash, generateKeyPairSync, randomBytes } from "node:crypto";

export interface SshKey {
  /** `type base64`. */
  readonly line: string;
  readonly blob: string;
  /** As ssh-keygen -l prints it. */
  readonly fingerprint: string;
}

export function newKey(type: "ssh-ed25519" | "ssh-rsa" = "ssh-ed25519"): SshKey {
  const parts = type === "ssh-rsa" ? [Buffer.of(1, 0, 1), modulus()] : [ed25519()];
  const bytes = Buffer.concat([type, ...parts].map(sshString));
  const blob = bytes.toString("base64");
  const hash = createHash("sha256").update(bytes).digest("base64").replace(/=+$/, "");
  return { line: `${type} ${blob}`, blob, fingerprint: `SHA256:${hash}` };
}

/** RFC 4251 §5: a string is its length in four bytes, and its bytes. */
function sshString(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

const ed25519 = (): Buffer =>
  generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "der" }).subarray(-32);

/** Returns an odd number of 2048 bits as an mpint: no agent can tell that it is not a product of two primes. */
function modulus(): Buffer {
  const bytes = randomBytes(256);
  bytes.writeUInt8(bytes.readUInt8(0) | 0x80, 0);
  bytes.writeUInt8(bytes.readUInt8(255) | 1, 255);
  return Buffer.concat([Buffer.of(0), bytes]);
}
