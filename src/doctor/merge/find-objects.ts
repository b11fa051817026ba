/** Finds the JSON objects in a text that also has other text, such as the lines that a tool prints around a command's output. Pure. */

/**
 * Braces that may begin no object before the search ends. Each costs one scan of the text, so this bounds the work on a text
 * that has nothing but braces.
 */
const FALSE_STARTS = 50;

/** Returns the outermost JSON objects in the order of the text. An object whose end is missing is not among them. */
export function objectsIn(text: string): object[] {
  const found: object[] = [];
  let falseStarts = 0;
  let start = text.indexOf("{");
  while (start !== -1 && falseStarts < FALSE_STARTS) {
    const end = endOf(text, start);
    const value = end === undefined ? undefined : parsed(text.slice(start, end));
    if (value === undefined) falseStarts += 1;
    else found.push(value);
    start = text.indexOf("{", value === undefined ? start + 1 : end);
  }
  return found;
}

const BRACE_OR_STRING = /[{}]|"[^"\\]*(?:\\[\s\S][^"\\]*)*"?/g;

/** Returns the offset behind the brace that closes the one at `start`; undefined if none does. Braces in strings do not count. */
function endOf(text: string, start: number): number | undefined {
  let depth = 0;
  BRACE_OR_STRING.lastIndex = start;
  for (let token = BRACE_OR_STRING.exec(text); token !== null; token = BRACE_OR_STRING.exec(text)) {
    if (token[0] === "{") depth += 1;
    if (token[0] === "}") depth -= 1;
    if (depth === 0) return BRACE_OR_STRING.lastIndex;
  }
  return undefined;
}

function parsed(text: string): object | undefined {
  try {
    return JSON.parse(text) as object;
  } catch {
    return undefined;
  }
}
