/** Runs gpg: finds the signing key, signs, and verifies signatures against exactly the keys that are permitted. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** A secret key that the releaser has. */
export interface SigningKey {
  /** Fingerprint of the primary key, 40 hex digits. */
  readonly fingerprint: string;
  readonly name: string;
}

/** Number of RSA in OpenPGP (RFC 4880, section 9.1). */
const RSA = "1";

/**
 * @param id as gpg accepts it: a fingerprint, a key ID or an address
 * @throws Error if there is no such key, if there is more than one, or if EL 8 cannot read its signatures
 */
export function signingKey(id: string): SigningKey {
  const { status, stdout, stderr } = gpg(["--with-colons", "--list-secret-keys", id]);
  if (status !== 0) throw new Error(`there is no secret key ${id} here: ${stderr.trim()}`);
  const rows = stdout.split("\n").map((line) => line.split(":"));
  const primaries = rows.filter(([kind]) => kind === "sec");
  const [, validity, , algorithm] = primaries[0] ?? [];
  if (primaries.length !== 1) throw new Error(`${id} names ${primaries.length} secret keys: give a fingerprint`);
  if (/^[erid]/.test(validity ?? "")) throw new Error(`the key ${id} is expired, revoked or disabled`);
  // rpm reads EdDSA since 4.16, and EL 8 has 4.14.
  if (algorithm !== RSA) throw new Error(`the key ${id} is not RSA: rpm of EL 8 cannot read its signatures`);
  const fingerprint = rows.find(([kind]) => kind === "fpr")?.[9];
  const name = rows.find(([kind]) => kind === "uid")?.[9] ?? "";
  if (fingerprint === undefined) throw new Error(`gpg does not say the fingerprint of ${id}`);
  return { fingerprint, name };
}

/** Writes `FILE.asc`, a detached signature of FILE for gpg --verify. */
export function signDetached(file: string, { fingerprint }: SigningKey): void {
  const words = ["--local-user", fingerprint, "--digest-algo", "SHA256", "--armor", "--yes", "--detach-sign"];
  must([...words, "--output", `${file}.asc`, file]);
}

/** Writes the public key, for apt's signed-by and for rpm --import. */
export const exportKey = ({ fingerprint }: SigningKey, to: string): string =>
  must(["--armor", "--yes", "--output", to, "--export", "--export-options", "export-minimal", fingerprint]);

/**
 * Runs gpg --verify, or --decrypt for a text with its signature around it, with no keys except those in one file.
 * @param keyring in gpg's own format, or exported without armour
 * @param fingerprints of the primary keys, one of which must have signed
 * @returns the fingerprint of the signer
 * @throws Error if there is no valid signature, or if another key has signed
 */
export function verified(words: readonly string[], keyring: string, fingerprints: readonly string[]): string {
  const home = mkdtempSync(join(tmpdir(), "eic-gpg-"));
  try {
    const only = ["--homedir", home, "--no-default-keyring", "--keyring", resolve(keyring), "--status-fd", "1"];
    const { status, stdout, stderr } = gpg([...only, ...words]);
    const said = stdout.split("\n").map((line) => line.split(" "));
    // Only GOODSIG: gpg reports the signature of an expired or revoked key with another word, but the same VALIDSIG.
    const good = said.filter(([, word]) => word === "GOODSIG");
    const valid = said.filter(([, word]) => word === "VALIDSIG");
    const signer = valid[0]?.[11];
    if (status !== 0 || good.length !== 1 || valid.length !== 1 || signer === undefined)
      throw new Error(`no good signature: ${stderr.trim()}`);
    if (!fingerprints.includes(signer)) throw new Error(`signed by ${signer}, which is not an allowed signer`);
    return signer;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

function gpg(words: readonly string[]) {
  const { error, ...done } = spawnSync("gpg", ["--batch", "--no-tty", ...words], { encoding: "utf8" });
  if (error !== undefined) throw error;
  return done;
}

function must(words: readonly string[]): string {
  // gpg gets the terminal, because it may ask for the key's passphrase.
  return execFileSync("gpg", words, { encoding: "utf8", stdio: ["inherit", "pipe", "inherit"] });
}
