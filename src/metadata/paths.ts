/** The paths of the instance metadata service that are asked, and what one segment of a path may hold. */

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

/** Bytes; UTF-8. Longer than any user name that an operating system takes. */
const MAX_SEGMENT_BYTES = 256;

/**
 * True for what can be one path segment: nothing empty, no dot segment that would climb, no slash, no control
 * character, no lone surrogate, at most 256 bytes. Anything else is no user's name, and nothing is asked for it.
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
 * RFC 3986 §3.3: every pchar raw, every other byte of the UTF-8 percent-encoded. encodeURIComponent would encode `@`
 * and `$` too, and a service that does not decode would answer with a silent 404.
 */
function segment(text: string): string {
  return text.replace(/[^A-Za-z0-9\-._~!$&'()*+,;=:@]/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
  );
}
