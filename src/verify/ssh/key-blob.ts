/** Checks an SSH public key to its last byte (RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709 §4, OpenSSH's PROTOCOL.u2f). */
import { DOCUMENT } from "../bounds.ts";
import type { Refusal } from "../verdict.ts";

type Part = "ed25519" | "mpint" | "application" | { readonly curve: string; readonly pointBytes: number };

const P256 = { curve: "nistp256", pointBytes: 65 };

/** The parts after the type inside the blob, by type. */
const PARTS = new Map<string, readonly Part[]>([
  ["ssh-ed25519", ["ed25519"]],
  ["ssh-rsa", ["mpint", "mpint"]],
  ["ecdsa-sha2-nistp256", [P256]],
  ["ecdsa-sha2-nistp384", [{ curve: "nistp384", pointBytes: 97 }]],
  ["ecdsa-sha2-nistp521", [{ curve: "nistp521", pointBytes: 133 }]],
  ["sk-ssh-ed25519@openssh.com", ["ed25519", "application"]],
  ["sk-ecdsa-sha2-nistp256@openssh.com", [P256, "application"]],
]);

/** Returns why `blob` is not a key of this type; undefined if it is. */
export function blobFlaw(type: string, blob: Uint8Array): Refusal | undefined {
  const malformed = (what: string): Refusal => ({ reason: "key-malformed", what });
  const strings = splitStrings(blob);
  if (strings === undefined) return malformed("its lengths are inconsistent");

  const [name = new Uint8Array(), ...rest] = strings;
  const inside = Buffer.from(name).toString("latin1");
  if (inside !== type) return { reason: "key-type-mismatch", outside: type, inside };

  for (const part of PARTS.get(type) ?? []) {
    const flaw = partFlaw(part, rest);
    if (flaw !== undefined) return malformed(flaw);
  }
  return rest.length === 0 ? undefined : malformed("it has data after its last part");
}

/**
 * Splits SSH strings (a length of four bytes, then as many bytes); undefined if they do not end exactly at the end. If there
 * are more strings than any key has, the rest is one string: such a key is refused regardless of the content.
 */
function splitStrings(blob: Uint8Array): Uint8Array[] | undefined {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  const list: Uint8Array[] = [];
  let at = 0;
  while (at < blob.length) {
    if (at + 4 > blob.length) return undefined;
    const end = list.length === DOCUMENT.parts ? blob.length : at + 4 + view.getUint32(at);
    if (end > blob.length) return undefined;
    list.push(blob.subarray(at + 4, end));
    at = end;
  }
  return list;
}

/** Removes the strings of `part` from the front of `rest`, and checks them. */
function partFlaw(part: Part, rest: Uint8Array[]): string | undefined {
  const value = rest.shift();
  if (value === undefined) return "it ends early";
  if (part === "ed25519") return value.length === 32 ? undefined : "its public key is not 32 bytes long";
  if (part === "application") return undefined; // any text: the client passes it to the token
  if (part === "mpint") return mpintFlaw(value);
  if (Buffer.from(value).toString("latin1") !== part.curve) return "its curve does not match its type";
  const point = rest.shift();
  return point?.length === part.pointBytes && point[0] === 0x04 ? undefined : "its point is not uncompressed";
}

/** Checks an mpint. RFC 4251 §5: positive, in the fewest bytes. */
function mpintFlaw([first, second]: Uint8Array): string | undefined {
  if (first === undefined || first >= 0x80) return "a number that is not positive";
  if (first === 0x00 && (second === undefined || second < 0x80)) return "a number in more bytes than it needs";
  return undefined;
}
