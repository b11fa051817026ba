/**
 * Regenerates the vectors (test/vectors, packaging/warm-up) from the table in test/support/cases, with openssl:
 * `tools/run node tools/make-vectors.ts`; with names as arguments, only those vectors.
 * The expected results are copied from the table, never computed by the verifier. No private key leaves openssl's folder.
 */
import { rmSync } from "node:fs";
import { CaseBuilder } from "../test/support/cases/case-builder.ts";
import { CASES } from "../test/support/cases/cases.ts";
import { printedLines } from "../test/support/cases/printed.ts";
import { vectorFolder, vectorNames, writeVector } from "../test/support/cases/vector.ts";
import { OpensslDir } from "../test/support/openssl.ts";

const wanted = process.argv.slice(2);
const isWanted = (name: string) => wanted.length === 0 || wanted.includes(name);
const cases = CASES.filter(({ name }) => isWanted(name));

for (const name of vectorNames()) {
  if (isWanted(name)) rmSync(vectorFolder(name), { recursive: true });
}
const shop = new OpensslDir();
try {
  for (const { name, make, ...outcome } of cases) {
    // openssl takes the time of its responses from the machine's clock, so a vector is judged at that time.
    const now = new Date(Math.floor(Date.now() / 1000) * 1000);
    const scene = await make(new CaseBuilder(shop, now));
    writeVector(name, { scene, now, expects: outcome.expects, prints: printedLines(scene, outcome) });
  }
} finally {
  shop.close();
}
process.stdout.write(`${cases.length} vectors\n`);
