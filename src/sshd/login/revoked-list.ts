/** RevokedKeys as a list of public keys, one per line (authfile.c, sshkey_in_file). Pure. */

/** @param line `type base64` of the key to look for */
export function revokedByList(content: Buffer, line: string): "no" | "yes" | "error" {
  const [, wanted] = line.split(" ");
  for (const raw of content.toString("latin1").split("\n")) {
    const text = raw.trim();
    if (text === "" || text.startsWith("#")) continue;
    const [type = "", base64 = ""] = text.split(/[ \t]+/);
    if (!isKey(type, base64)) return "error";
    if (base64 === wanted) return "yes";
  }
  return "no";
}

/** Checks whether a line is a key: the key itself contains its type, too (RFC 4253 §6.6). */
function isKey(type: string, base64: string): boolean {
  const blob = Buffer.from(base64, "base64");
  if (blob.length < 4) return false;
  const length = blob.readUInt32BE(0);
  return length > 0 && length < blob.length && blob.toString("latin1", 4, 4 + length) === type;
}
