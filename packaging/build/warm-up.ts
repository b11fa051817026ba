/**
 * The calls that warm up a snapshot: like calls with the real service, with certificates and staples of each kind. Each is a
 * folder with the evidence as served and the expected result. The tests judge the same folders among their vectors.
 */
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const WARM_UP_FOLDER = "packaging/warm-up";

/** Names of the folders, in the order of the calls. */
export const WARM_UP = ["offered-by-sha256", "chain-rsa-all-the-way", "staple-delegated-rsa"] as const;

/** Copies the calls to `folder`, with the list of their names that src/executable/warm-up.ts reads. */
export function layWarmUp(folder: string): void {
  for (const name of WARM_UP) cpSync(join(WARM_UP_FOLDER, name), join(folder, name), { recursive: true });
  writeFileSync(join(folder, "list"), WARM_UP.join("\n"));
}
