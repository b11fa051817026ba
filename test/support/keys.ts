/** Public keys for tests that only pass them on. Their private halves do not exist. */
import { createHash } from "node:crypto";

const string = (bytes: Uint8Array): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

/** Returns an ED25519 key line derived from a word: `ssh-ed25519 AAAA…`, no comment. */
export function keyLine(word: string): string {
  const key = createHash("sha256").update(word).digest();
  return `ssh-ed25519 ${Buffer.concat([string(Buffer.from("ssh-ed25519")), string(key)]).toString("base64")}`;
}

/** Returns an RSA-4096 key line derived from a word; ten times as long. */
export function longKeyLine(word: string): string {
  const modulus = Buffer.concat(
    Array.from({ length: 16 }, (_, i) => createHash("sha256").update(`${word} ${i}`).digest()),
  );
  modulus[0] = 0x80 | (modulus[0] ?? 0);
  const parts = [Buffer.from("ssh-rsa"), Buffer.of(1, 0, 1), Buffer.concat([Buffer.of(0), modulus])];
  return `ssh-rsa ${Buffer.concat(parts.map(string)).toString("base64")}`;
}

export const KEY = keyLine("alice's");

/** Returns the fingerprint as `ssh-keygen -l` prints it. */
export function fingerprint(line: string): string {
  const blob = Buffer.from(line.split(" ")[1] ?? "", "base64");
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}
