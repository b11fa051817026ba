/** A release made from the built packages of any form; the development form is quick to build. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SigningKey } from "../../packaging/build/openpgp.ts";
import { makeRelease } from "../../packaging/build/release-folder.ts";
import { sourcesToRelease } from "../../packaging/build/release-state.ts";
import { checkout } from "./checkout.ts";

export const { version: VERSION } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };

/** @returns a new folder, which the caller must remove */
export function builtRelease(key: SigningKey | undefined): string {
  if (!existsSync("dist/packages")) throw new Error("dist/packages is missing: npm run package makes it");
  const root = checkout({
    "package.json": JSON.stringify({ version: VERSION }),
    "CHANGELOG.md": `## ${VERSION} – 2026-11-22\n\n- A line of this version ([README](README.md#x), [AWS](https://aws.amazon.com)).\n`,
  });
  const folder = mkdtempSync(join(tmpdir(), "eic-release-"));
  try {
    const sources = sourcesToRelease(root, false);
    makeRelease({ sources, key, node: undefined, snapshot: true }, "dist/packages", folder, root);
    return folder;
  } catch (error) {
    rmSync(folder, { recursive: true });
    throw error;
  } finally {
    rmSync(root, { recursive: true });
  }
}
