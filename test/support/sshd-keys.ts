/** Keys for one test file, made by ssh-keygen inside the namespace and deleted with it. */
import { readFileSync } from "node:fs";
import type { Namespace } from "./namespace.ts";

export interface KeyPair {
  /** Path of the private key inside the namespace. */
  readonly path: string;
  /** "ssh-ed25519 AAAA…", without a comment. */
  readonly line: string;
  /** "SHA256:…" */
  readonly fingerprint: string;
}

let made = 0;

export async function newKey(namespace: Namespace, type: "ed25519" | "rsa" = "ed25519"): Promise<KeyPair> {
  made += 1;
  const path = `/root/${type}-${made}`;
  const size = type === "rsa" ? ["-b", "2048"] : [];
  await namespace.mustRun(["ssh-keygen", "-q", "-t", type, ...size, "-N", "", "-C", "", "-f", path]);
  const { stdout } = await namespace.mustRun(["ssh-keygen", "-l", "-E", "sha256", "-f", `${path}.pub`]);
  return {
    path,
    line: readFileSync(namespace.outside(`${path}.pub`), "utf8").trim(),
    fingerprint: stdout.split(" ")[1] ?? "",
  };
}
