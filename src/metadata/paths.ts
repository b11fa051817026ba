/** The paths of the instance metadata service that are requested, and the rules for one segment of a path. */

const META = "/latest/meta-data";

export const PATHS = {
  token: "/latest/api/token",
  instanceId: `${META}/instance-id`,
  region: `${META}/placement/region`,
  domain: `${META}/services/domain`,
  keys: (user: string): string => `${META}/managed-ssh-keys/active-keys/${segment(user)}/`,
  signer: `${META}/managed-ssh-keys/signer-cert/`,
  stapleNames: `${META}/managed-ssh-keys/signer-ocsp/`,
  staple: (name: string): string => `${META}/managed-ssh-keys/signer-ocsp/${segment(name)}`,
} as const;

/** Maximum bytes in UTF-8. Longer than any user name that an operating system accepts. */
const MAX_SEGMENT_BYTES = 256;

/**
 * Checks whether the text can be one path segment: not empty, no dot segment (which would climb), no slash, no control
 * character, no lone surrogate, at most 256 bytes. Any other text cannot be a user name, and no request is made for it.
 */
export function isSegment(text: string): boolean {
  return (
    text !== "" &&
    text !== "." &&
    text !== ".." &&
    !/[/\x00-\x1f\x7f]/.test(text) &&
    text.isWellFormed() &&
    Buffer.byteLength(text) <= MAX_SEGMENT_BYTES
  );
}

/**
 * Encodes a path segment (RFC 3986 §3.3): every pchar stays raw, every other byte of the UTF-8 is percent-encoded.
 * encodeURIComponent would encode `@` and `$` too, and a service that does not decode them would silently answer 404.
 */
function segment(text: string): string {
  return text.replace(/[^A-Za-z0-9\-._~!$&'()*+,;=:@]/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
  );
}
