/** Parses one authorized_keys line to its last byte, so that only its key, rebuilt, is ever printed. */
import { createHash } from "node:crypto";
import { DOCUMENT } from "../bounds.ts";
import { fromBase64 } from "../bytes.ts";
import type { Refusal } from "../verdict.ts";
import { blobFlaw } from "./key-blob.ts";

/** The plain key types of OpenSSH. No certificates, which carry their own options, and no ssh-dss. */
const TYPES: readonly string[] = [
  "ssh-ed25519",
  "ssh-rsa",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "sk-ssh-ed25519@openssh.com",
  "sk-ecdsa-sha2-nistp256@openssh.com",
];

export interface SshKey {
  readonly kind: "key";
  readonly type: string;
  readonly blob: Buffer;
}

/**
 * Parses `type base64 [comment]`.
 * @param line Latin-1, without its LF
 * @returns the key, or why this line is not passed to sshd: sshd obeys options before the type (`command=`, `cert-authority`
 *   …), and a key is never printed without the options that restrict it
 */
export function parseKeyLine(line: string): SshKey | { readonly kind: "refused"; readonly refusal: Refusal } {
  const refused = (refusal: Refusal) => ({ kind: "refused", refusal }) as const;
  const control = /[\x00-\x1f\x7f]/.exec(line);
  if (control !== null) return refused({ reason: "key-control-character", column: control.index + 1 });

  const words = line.split(" ", DOCUMENT.words);
  const [type = "", base64 = ""] = words;
  if (!TYPES.includes(type)) {
    const at = words.findIndex((word) => TYPES.includes(word));
    const looksLikeOptions = at > 0 || type === "" || /[="',]/.test(type);
    return refused(
      looksLikeOptions
        ? { reason: "key-options", before: at > 0 ? words.slice(0, at).join(" ") : type }
        : { reason: "key-type", found: type },
    );
  }
  const blob = fromBase64(base64);
  if (blob === undefined) return refused({ reason: "key-malformed", what: "the key is not base64" });
  const flaw = blobFlaw(type, blob);
  return flaw === undefined ? { kind: "key", type, blob } : refused(flaw);
}

/** Returns the line for sshd. It is rebuilt, so it cannot include options, a comment or a second line. */
export const formatKeyLine = ({ type, blob }: SshKey): string => `${type} ${blob.toString("base64")}`;

/** Returns `SHA256:` and unpadded base64, as in ssh-keygen -l and in sshd's log. */
export function fingerprintOf(blob: Uint8Array): string {
  // 32 bytes are 43 characters and one padding character.
  return `SHA256:${createHash("sha256").update(blob).digest("base64").slice(0, 43)}`;
}

/** Returns `MD5:` and colon-separated hex, as sshd does if FingerprintHash is md5. Finds a key, proves nothing. */
function md5FingerprintOf(blob: Uint8Array): string {
  return `MD5:${createHash("md5")
    .update(blob)
    .digest("hex")
    .replace(/..(?=.)/g, "$&:")}`;
}

/** Returns the normalized fingerprint; undefined if its form is unknown. Then sshd alone compares the keys. */
export function normalizeFingerprint(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (/^SHA256:[A-Za-z0-9+/]{43}$/.test(text)) return text;
  return /^MD5:[0-9a-f]{2}(:[0-9a-f]{2}){15}$/i.test(text) ? `MD5:${text.slice(4).toLowerCase()}` : undefined;
}

/**
 * Checks whether one of the first words that look like a key has this fingerprint, regardless of the text around it. Used to
 * find the block that is meant before any of its content is trusted.
 */
export const lineContainsKey = (line: string, fingerprint: string): boolean =>
  candidates(line).some((blob) => hasFingerprint(blob, fingerprint));

/**
 * Returns the keys in the line, among the first few words that begin like a key: with the length of the type in four bytes,
 * three of which are 0 (RFC 4253 §6.6).
 */
export function candidates(line: string): Buffer[] {
  const blobs: Buffer[] = [];
  const word = /(?<![^ \t\r])AAAA[^ \t\r]*/g;
  for (let count = 0; count < DOCUMENT.candidates; count += 1) {
    const found = word.exec(line);
    if (found === null) break;
    const blob = fromBase64(found[0]);
    if (blob !== undefined) blobs.push(blob);
  }
  return blobs;
}

/** Checks whether `blob` is the key with this fingerprint, in either known form. */
export const hasFingerprint = (blob: Uint8Array, fingerprint: string): boolean =>
  fingerprint === (fingerprint.startsWith("MD5:") ? md5FingerprintOf(blob) : fingerprintOf(blob));
