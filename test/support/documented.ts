/** Code blocks of the documents, so that tests run exactly the documented commands. */
import { readFileSync } from "node:fs";

/** Returns the texts of the blocks with that name in their first line: "```sh NAME". */
export function documented(page: string, name: string): [string, ...string[]] {
  const named = readFileSync(page, "utf8")
    .split(/^```/m)
    .filter((text) => text.split("\n", 1)[0]?.split(" ")[1] === name)
    .map((text) => text.slice(text.indexOf("\n") + 1));
  const [first, ...more] = named;
  if (first === undefined) throw new Error(`${page} has no block called ${name}`);
  return [first, ...more];
}
