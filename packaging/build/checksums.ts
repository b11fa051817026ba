/** SHA256SUMS, in the form that `sha256sum --check` reads. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const SUMS = "SHA256SUMS";

/** Of every file in the folder but signatures, which are of what is summed up here, and the list itself. */
export function writeChecksums(folder: string): void {
  const names = readdirSync(folder).filter((name) => name !== SUMS && !isSignature(folder, name));
  const lines = names.sort().map((name) => `${sha256(join(folder, name))}  ${name}\n`);
  writeFileSync(join(folder, SUMS), lines.join(""));
}

/** `FILE.asc` beside FILE; an exported key is a file like others. */
const isSignature = (folder: string, name: string): boolean =>
  name.endsWith(".asc") && readdirSync(folder).includes(name.slice(0, -".asc".length));

const sha256 = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");
