/** Makes the base trees with mmdebstrap and Debian's packages. A tree that is a day old is made again. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { mustRun } from "../support/namespace-run.ts";
import { baseOf, FINISHING, familyOf, type Release } from "./releases.ts";

const DAY = 24 * 3600 * 1000;

/** Makes the base tree of a release, if it is missing or a day old. @param say prints a line for the user */
export async function makeBase(release: Release, say: (line: string) => void): Promise<void> {
  const base = baseOf(release);
  if (existsSync(base) && Date.now() - statSync(base).ctimeMs < DAY) return;
  say(`making a base tree of ${release.name}, which takes a minute once a day`);
  const bases = dirname(base);
  mkdirSync(bases, { recursive: true });
  const family = new RegExp(`^${familyOf(release)}-([0-9a-f]{12}|new-\\d+)$`);
  for (const old of readdirSync(bases)) {
    if (family.test(old)) rmSync(join(bases, old), { recursive: true });
  }
  // Renamed into place when it is complete.
  const fresh = join(bases, `${familyOf(release)}-new-${process.pid}`);
  const words = ["--variant=minbase", "--quiet", `--include=${release.packages.join(",")}`];
  const options = (release.apt ?? []).map((line) => `--aptopt=${line}`);
  const hooks = FINISHING.map((hook) => `--customize-hook=${hook}`);
  try {
    await mustRun(["mmdebstrap", ...words, ...options, ...hooks, release.suite, fresh], process.env);
    renameSync(fresh, base);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    throw new Error(`${basename(base)}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
