/**
 * Finds the line of a setting. The TOML parser gives a position only for its own errors, so the first lines of the file are
 * parsed again: the setting begins on the line after the longest valid beginning that does not contain it yet. Pure.
 */

/**
 * Maximum lines. Each line is parsed with all lines before it, so the work is quadratic. A settings file has some dozens.
 */
const MAX_LINES = 1500;

type Path = readonly (string | number)[];

/**
 * Returns the line of a setting.
 * @param parse a TOML parser, which throws if the text is invalid
 * @returns one-based; undefined if the file has no such setting, or is too long to be searched
 */
function lineOf(text: string, path: Path, parse: (text: string) => unknown): number | undefined {
  const lines = text.split("\n");
  if (lines.length > MAX_LINES || path.length === 0) return undefined;
  let begins = 1;
  for (let count = 1; count <= lines.length; count += 1) {
    const value = valid(lines.slice(0, count).join("\n"), parse);
    if (value === undefined) continue;
    if (depthOf(value, path) === path.length) return begins;
    begins = count + 1;
  }
  return undefined;
}

/** Returns the line of a setting or, if it is missing, of the table that should contain it. */
export function nearestLineOf(text: string, path: Path, parse: (text: string) => unknown): number | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const line = lineOf(text, path.slice(0, length), parse);
    if (line !== undefined) return line;
  }
  return undefined;
}

function valid(text: string, parse: (text: string) => unknown): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

/** Returns how many parts of the path exist. */
function depthOf(value: unknown, path: Path): number {
  let at = value;
  for (const [depth, part] of path.entries()) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, part)) return depth;
    at = (at as Record<string | number, unknown>)[part];
  }
  return path.length;
}
