/**
 * `npm run release`: makes a release in dist/release/VERSION/: final packages, SBOMs, sources, notes, checksums.
 *
 *     npm run release -- --sign KEYID --node-from FOLDER   # for publication
 *     npm run release -- --allow-dirty                     # for trials: not signed, and the notes say so
 *     npm run release -- --no-snapshot …                   # with packages that can be reproduced exactly
 *
 * FOLDER contains nodejs.org's archives and signed checksums: CONTRIBUTING.md, "How to release".
 */
import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import { missingFor, needsOf } from "../../tools/requirements.ts";
import { prepare } from "../../tools/setup.ts";
import { compareWithOfficial } from "./official-node.ts";
import { signingKey } from "./openpgp.ts";
import { makeRelease } from "./release-folder.ts";
import { type Making, warnings } from "./release-notes.ts";
import { sourcesToRelease } from "./release-state.ts";

const say = (line: string) => void process.stdout.write(`${line}\n`);

async function release(): Promise<void> {
  const { values } = parseArgs({
    options: {
      sign: { type: "string" },
      "node-from": { type: "string" },
      "allow-dirty": { type: "boolean", default: false },
      "no-snapshot": { type: "boolean", default: false },
    },
  });
  if (values["allow-dirty"] && values.sign !== undefined) {
    throw new Error("what is in no commit is not signed: --allow-dirty does not go with --sign");
  }
  await prepare(say, needsOf("release"));
  const missing = needsOf("release").flatMap((need) => missingFor(need) ?? []);
  if (missing.length > 0) throw new Error(`no release can be made here: ${missing.join("; ")}`);

  // All checks that can fail come before the packages, which take minutes.
  const sources = sourcesToRelease(".", values["allow-dirty"]);
  const key = values.sign === undefined ? undefined : signingKey(values.sign);
  const node = values["node-from"] === undefined ? undefined : compareWithOfficial(values["node-from"]);
  const making: Making = { sources, key, node, snapshot: !values["no-snapshot"] };

  const form = values["no-snapshot"] ? ["--no-snapshot"] : [];
  execFileSync(process.execPath, ["packaging/build/package.ts", "--release", ...form], { stdio: "inherit" });

  const to = `dist/release/${sources.version}`;
  makeRelease(making, "dist/packages", to);
  say(`\n${to}/ is complete, and was read back.`);
  if (sources.clean) say(`Its tag: git tag --sign ${sources.tag} ${sources.commit} && git push origin ${sources.tag}`);
  for (const warning of warnings(making)) say(`WARNING: ${warning}`);
}

try {
  await release();
} catch (error) {
  process.stderr.write(`npm run release: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
