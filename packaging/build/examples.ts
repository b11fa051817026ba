/** The examples for operators in packaging/examples: each is installed as documentation, under its own name. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Entry } from "./contents.ts";

const EXAMPLES = "packaging/examples";

/** Returns the folder and everything in it, sorted by path. A script is executable, as it is in the working tree. */
export function examples(to: string): Entry[] {
  const names = readdirSync(EXAMPLES, { recursive: true, encoding: "utf8" }).sort();
  return [{ path: to, kind: "folder" }, ...names.map((name) => entryOf(join(EXAMPLES, name), `${to}/${name}`))];
}

function entryOf(from: string, path: string): Entry {
  const found = statSync(from);
  if (found.isDirectory()) return { path, kind: "folder" };
  return { path, kind: "file", mode: (found.mode & 0o100) === 0 ? 0o644 : 0o755, from };
}
