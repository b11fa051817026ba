/** SHA256SUMS, in the form that `sha256sum --check` reads. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const SUMS = "SHA256SUMS";

/** Writes the checksums of every file in the folder except the list itself, and signatures, which cover these files. */
export function writeChecksums(folder: string): void {
  const names = readdirSync(folder).filter((name) => name !== SUMS && !isSignature(folder, name));
  const lines = names.sort().map((name) => `${sha256(join(folder, name))}  ${name}\n`);
  writeFileSync(join(folder, SUMS), lines.join(""));
}

/** Checks whether the file is `FILE.asc` and FILE exists. An exported key is not a signature. */
const isSignature = (folder: string, name: string): boolean =>
  name.endsWith(".asc") && readdirSync(folder).includes(name.slice(0, -".asc".length));

const sha256 = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");
