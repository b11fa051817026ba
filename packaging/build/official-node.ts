/**
 * Checks whether the pinned Node is the one that nodejs.org released: its npm packages are a third party's copies. The
 * releaser downloads nodejs.org's archives and its signed list of checksums; this module compares them without a network.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { verified } from "./openpgp.ts";
import { nodeLock } from "./pinned-node.ts";

/** Result of the comparison, for the release notes. */
export interface Comparison {
  /** Fingerprint of the Node releaser's primary key. */
  readonly signedBy: string;
  /** nodejs.org's archives. */
  readonly archives: readonly string[];
}

const RELEASERS = "packaging/node-release-keys";

/** Returns the fingerprints in a text with one fingerprint a line. */
export const nodeReleasers = (text = readFileSync(RELEASERS, "utf8")): string[] =>
  text.split("\n").filter((line) => /^[0-9A-F]{40}$/.test(line));

/**
 * @param folder with SHASUMS256.txt.asc and node-vVERSION-linux-{x64,arm64}.tar.xz (or .tar.gz) from
 *   https://nodejs.org/dist/vVERSION/, and pubring.kbx, a keyring with the releasers' keys
 * @throws Error if a file is missing, is not signed by one of the releasers, or contains another Node
 */
export function compareWithOfficial(folder: string, lock = nodeLock(), releasers = nodeReleasers()): Comparison {
  const work = mkdtempSync(join(tmpdir(), "eic-node-"));
  try {
    // gpg's output is exactly the signed text; the file may contain any other text around it.
    const signed = join(work, "SHASUMS256.txt");
    const words = ["--output", signed, "--decrypt", there(folder, "SHASUMS256.txt.asc")];
    const signedBy = verified(words, there(folder, "pubring.kbx"), releasers);
    const sums = readFileSync(signed, "utf8");
    const archives = Object.entries(lock.sha256).map(([cpu, expected]) => {
      const top = `node-v${lock.version}-linux-${cpu}`;
      const name = existsSync(join(folder, `${top}.tar.xz`)) ? `${top}.tar.xz` : `${top}.tar.gz`;
      const archive = there(folder, name);
      const listed = sums
        .split("\n")
        .find((line) => line.endsWith(`  ${name}`))
        ?.slice(0, 64);
      if (sha256(archive) !== listed) throw new Error(`${name} is not the one that SHASUMS256.txt lists`);
      const program = `${top}/bin/node`;
      execFileSync("tar", ["-xf", archive, "-C", work, "--no-same-owner", program]);
      const found = sha256(join(work, program));
      if (found !== expected)
        throw new Error(`bin/node of ${name} has SHA-256 ${found}, packaging/node.lock ${expected}`);
      rmSync(join(work, top), { recursive: true });
      return name;
    });
    return { signedBy, archives };
  } finally {
    rmSync(work, { recursive: true });
  }
}

function there(folder: string, name: string): string {
  const path = join(folder, name);
  if (existsSync(path)) return path;
  throw new Error(`${path} is missing; CONTRIBUTING.md says what belongs in that folder`);
}

const sha256 = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");
