/** Extracts certificates from PEM text (RFC 7468). Text between the blocks is a comment; any other label is an error. */
import { fromBase64 } from "../bytes.ts";
import { quoted } from "../verdict.ts";

/** A PEM text that cannot be read. Handled in verify/ and its callers, which know the source of the text. */
export class PemError extends Error {
  override readonly name = "PemError";
}

/** Default for a text that is limited only by its size: a file that root named. */
const ANY = 2 ** 31;

/**
 * @param most maximum lines; a text with more is an error
 * @returns the DER of each CERTIFICATE block, in order; an empty list for a text without blocks
 */
export function readPem(text: string, most: number = ANY): Uint8Array[] {
  const lines = text.split("\n", most + 1);
  if (lines.length > most) throw new PemError(`over ${most} lines`);
  const list: Uint8Array[] = [];
  let open: string[] | undefined;
  for (const raw of lines) {
    const line = raw.trimEnd();
    const [, edge, label] = (line.startsWith("-----") && /^-----(BEGIN|END) (.*)-----$/.exec(line)) || [];
    if (edge === undefined) {
      open?.push(line.trim());
      continue;
    }
    if (label !== "CERTIFICATE") throw new PemError(`${quoted(label ?? "")} where only certificates belong`);
    if ((edge === "BEGIN") !== (open === undefined)) throw new PemError(`${edge} CERTIFICATE in the wrong place`);
    if (open === undefined) {
      open = [];
      continue;
    }
    const der = fromBase64(open.join(""));
    if (der === undefined) throw new PemError("a certificate that is not base64");
    list.push(der);
    open = undefined;
  }
  if (open !== undefined) throw new PemError("a certificate without its END line");
  return list;
}
