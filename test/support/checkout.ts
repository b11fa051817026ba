/** A git checkout of a few files, for tests of releases: with one commit, and without the user's git settings. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** @returns a new folder, which the caller must remove */
export function checkout(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), "eic-checkout-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
  git(root, "init", "--quiet");
  git(root, "config", "user.name", "Somebody");
  git(root, "config", "user.email", "somebody@example.invalid");
  commit(root);
  return root;
}

/** Commits all files in the folder. */
export function commit(root: string): void {
  git(root, "add", "--all");
  git(root, "commit", "--quiet", "--message", "what lies here");
}

export function git(root: string, ...words: string[]): string {
  const env = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };
  return execFileSync("git", words, { cwd: root, encoding: "utf8", env });
}
