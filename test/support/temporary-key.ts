/** Signing keys that are made for one test and deleted after it, in a separate gpg home folder. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export class ThrowAwayKeys {
  readonly home = mkdtempSync(join(tmpdir(), "eic-keys-"));
  readonly #before = process.env.GNUPGHOME;

  /** From here on, gpg and rpmsign use these keys only. */
  constructor() {
    process.env.GNUPGHOME = this.home;
  }

  /** Creates a signing key. @returns its fingerprint */
  make(name: string, algorithm = "rsa2048"): string {
    this.gpg("--passphrase", "", "--quick-generate-key", name, algorithm, "sign", "never");
    const listed = this.gpg("--with-colons", "--list-secret-keys", `=${name}`);
    return /^fpr:{9}([0-9A-F]{40}):/m.exec(listed)?.[1] ?? "";
  }

  gpg(...words: string[]): string {
    const env = { ...process.env, GNUPGHOME: this.home };
    const stdio = ["ignore", "pipe", "pipe"] as ["ignore", "pipe", "pipe"];
    return execFileSync("gpg", ["--batch", "--no-tty", ...words], { encoding: "utf8", env, stdio });
  }

  remove(): void {
    if (this.#before === undefined) delete process.env.GNUPGHOME;
    else process.env.GNUPGHOME = this.#before;
    execFileSync("gpgconf", ["--homedir", this.home, "--kill", "all"]);
    rmSync(this.home, { recursive: true, force: true });
  }
}
