/** Makes a key pair for the demo, with ssh-keygen if it is installed; only the public half is used. */
import { createHash, generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { mustRun } from "../../test/support/namespace-run.ts";
import { programPath } from "../system.ts";

export interface PublicKey {
  /** "ssh-ed25519 AAAA…" */
  readonly line: string;
  readonly fingerprint: string;
  /** Command that made the key, for a person. */
  readonly command: string;
}

export async function makeKey(folder: string): Promise<PublicKey> {
  const keygen = programPath("ssh-keygen");
  if (keygen === undefined) return described(fromNode(), "(no ssh-keygen here: Node makes the key)");
  const path = join(folder, "id_ed25519");
  await mustRun([keygen, "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path]);
  return described(readFileSync(`${path}.pub`, "utf8").trim(), `ssh-keygen -t ed25519 -f ${path}`);
}

function described(line: string, command: string): PublicKey {
  const blob = Buffer.from(line.split(" ")[1] ?? "", "base64");
  const digest = createHash("sha256").update(blob).digest("base64").replace(/=+$/, "");
  return { line, fingerprint: `SHA256:${digest}`, command };
}

/** Makes a key with Node. RFC 8709 §4: the type and the 32 bytes, each preceded by its length. */
function fromNode(): string {
  const { x = "" } = generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" });
  const parts = [Buffer.from("ssh-ed25519"), Buffer.from(x, "base64url")];
  const blob = Buffer.concat(parts.flatMap((part) => [Buffer.from([0, 0, 0, part.length]), part]));
  return `ssh-ed25519 ${blob.toString("base64")}`;
}
