/** The real files under config-walk.ts and unit.ts: reading, and glob(3) as far as sshd and systemd need it. */
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import type { ConfigFiles } from "./config-walk.ts";

/** Bytes; a longer file is no configuration. */
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
 * `*`, `?` and `[…]` within one part of a path; a leading dot only by a dot, as the shell has it.
 * @returns what fits, and the folders that this process may not look into: what lies there is not known
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
        const { code } = error as NodeJS.ErrnoException;
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

/** Whether glob() would find a path that is there. */
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
