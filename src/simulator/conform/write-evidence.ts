/** `--keep DIR`: writes what was served in a failed case, in the form of the project's vectors. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Result } from "./lane.ts";

export function writeEvidence(folder: string, { name, failures, requests, evidence = {} }: Result): void {
  const own = join(folder, name);
  mkdirSync(own, { recursive: true });
  for (const [file, body] of Object.entries(evidence)) {
    // The name of a staple can be any text; that of a file cannot.
    const path = join(own, ...file.split("/").map(encodeURIComponent));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, Buffer.from(body, "base64"));
  }
  const sheet = { now: new Date().toISOString(), failures, requests };
  writeFileSync(join(own, "case.json"), `${JSON.stringify(sheet, null, 2)}\n`);
}
