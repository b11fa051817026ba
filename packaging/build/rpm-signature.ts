/** The signature inside an rpm: written by rpmsign, and verified with an rpm database that contains only one key. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { programPath } from "../../tools/system.ts";
import type { SigningKey } from "./openpgp.ts";

/** @param files paths of rpms, which are rewritten */
export function signRpms(files: readonly string[], { fingerprint }: SigningKey): void {
  // Debian's rpm looks for /usr/bin/gpg2, which Debian does not have.
  const macros = { __gpg: programPath("gpg") ?? "gpg", _gpg_name: fingerprint, _gpg_digest_algo: "sha256" };
  const defines = Object.entries(macros).flatMap(([name, value]) => ["--define", `${name} ${value}`]);
  execFileSync("rpmsign", [...defines, "--addsign", ...files], { stdio: ["inherit", "ignore", "inherit"] });
}

/**
 * @param keyFile the public key, armoured
 * @throws Error if one of the files is not signed by that key, or was changed afterwards
 */
export function checkRpms(files: readonly string[], keyFile: string): void {
  const database = mkdtempSync(join(tmpdir(), "eic-rpm-"));
  try {
    // Without this level an unsigned rpm would be accepted if its digests are right.
    const words = ["--dbpath", database, "--define", "_pkgverify_level all"];
    execFileSync("rpmkeys", [...words, "--import", keyFile], { stdio: ["ignore", "ignore", "inherit"] });
    const options = { encoding: "utf8", env: { ...process.env, LC_ALL: "C" } } as const;
    const { status, stdout, stderr } = spawnSync("rpmkeys", [...words, "--checksig", ...files], options);
    if (status !== 0) throw new Error(`rpmkeys --checksig: ${(stdout + stderr).trim()}`);
  } finally {
    rmSync(database, { recursive: true });
  }
}
