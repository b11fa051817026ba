/** File access for config-walk.ts and unit.ts: reading, and glob(3) as far as sshd and systemd need it. */
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { codeOf } from "../../errno.ts";
import type { ConfigFiles } from "./config-walk.ts";

/** Maximum bytes of a file; a longer file is not a configuration. */
const LIMIT = 1024 * 1024;

export const systemFiles: ConfigFiles = {
  read(path) {
    const { size } = lstatSync(path);
    if (size > LIMIT) throw new Error(`larger than ${LIMIT} bytes`);
    return readFileSync(path, "utf8");
  },
  glob: (pattern) => search(pattern).found,
  closed: (pattern) => search(pattern).closed,
};

/**
 * Finds paths by `*`, `?` and `[…]` within one part of a path. A leading dot matches only a dot in the pattern, as in the
 * shell.
 * @returns the matching paths, and the directories that this process may not read, whose content is not known
 */
function search(pattern: string): { found: string[]; closed: string[] } {
  const [, ...parts] = pattern.split("/");
  const closed: string[] = [];
  let found = [""];
  for (const part of parts.filter((one) => one !== "")) {
    const inFolder = /[*?[]/.test(part) ? listed : named;
    found = found.flatMap((folder) => {
      try {
        return inFolder(folder, part).map((name) => `${folder}/${name}`);
      } catch (error) {
        const code = codeOf(error);
        if (code === "EACCES" || code === "EPERM") closed.push(folder === "" ? "/" : folder);
        return [];
      }
    });
  }
  return { found, closed };
}

const named = (folder: string, name: string): string[] =>
  lstatSync(`${folder}/${name}`, { throwIfNoEntry: false }) === undefined ? [] : [name];

function listed(folder: string, pattern: string): string[] {
  const fits = patternOf(pattern);
  return readdirSync(`${folder}/`)
    .filter((name) => fits.test(name) && (pattern.startsWith(".") || !name.startsWith(".")))
    .toSorted(byBytes);
}

/** Checks whether glob() would find an existing path. */
export function matches(pattern: string, path: string): boolean {
  const [patterns, parts] = [pattern, path].map((one) => one.split("/").filter((part) => part !== ""));
  return (
    patterns?.length === parts?.length &&
    (patterns ?? []).every((part, index) => {
      const name = parts?.[index] ?? "";
      return patternOf(part).test(name) && (part.startsWith(".") || !name.startsWith("."));
    })
  );
}

export const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

function patternOf(pattern: string): RegExp {
  const parts = [...pattern.matchAll(/\[(!?)([^\]]+)\]|[\s\S]/g)].map(([whole, not, set]) => {
    if (set !== undefined) return `[${not === "!" ? "^" : ""}${set.replace(/[\\\]^]/g, "\\$&")}]`;
    if (whole === "*") return ".*";
    return whole === "?" ? "." : whole.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  });
  return new RegExp(`^${parts.join("")}$`, "su");
}
