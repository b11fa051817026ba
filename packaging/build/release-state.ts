/** Checks whether these sources may be released: version, changelog, working tree and tag, before anything is built. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readChangelog, type Section } from "./read-changelog.ts";

export interface Sources {
  readonly version: string;
  /** The section of the changelog for this version. */
  readonly section: Section & { readonly date: string };
  /** The commit that is released. */
  readonly commit: string;
  readonly tag: string;
  /** False if the working tree has uncommitted changes; never false for a release that is published. */
  readonly clean: boolean;
}

/**
 * @param root a checkout
 * @throws Error that says what must be done first
 */
export function sourcesToRelease(root: string, allowDirty: boolean): Sources {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  const section = readChangelog(readFileSync(join(root, "CHANGELOG.md"), "utf8"))[0];
  if (section?.version !== version) {
    throw new Error(`package.json has version ${version}, but CHANGELOG.md begins with ${section?.version}`);
  }
  const { date } = section;
  if (date === undefined) throw new Error(`CHANGELOG.md calls ${version} unreleased: give it the day of its release`);

  const changes = git(root, "status", "--porcelain");
  if (changes !== "" && !allowDirty) {
    throw new Error(`the working tree is not clean; commit, or use --allow-dirty to try it out:\n${changes}`);
  }
  const commit = git(root, "rev-parse", "HEAD").trim();
  const tag = `v${version}`;
  const tagged = git(root, "for-each-ref", "--format=%(objectname) %(*objectname)", `refs/tags/${tag}`).trim();
  if (tagged !== "" && !tagged.split(" ").includes(commit)) throw new Error(`the tag ${tag} is on another commit`);
  return { version, section: { ...section, date }, commit, tag, clean: changes === "" };
}

/**
 * Returns the sources of the commit, independent of the working tree.
 * @returns a tar archive; times come from the commit, and modes from the commit and the umask that is passed here
 */
export const sourceArchive = (root: string, { version, commit }: Pick<Sources, "version" | "commit">): Uint8Array =>
  execFileSync("git", ["-c", "tar.umask=0022", "archive", "--format=tar", `--prefix=eic-agent-${version}/`, commit], {
    cwd: root,
    maxBuffer: 1 << 30,
  });

function git(root: string, ...words: string[]): string {
  return execFileSync("git", words, { cwd: root, encoding: "utf8", maxBuffer: 1 << 26 });
}
