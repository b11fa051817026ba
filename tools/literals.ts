/** Finds the string literals and templates of a TypeScript source. A small scanner: the language check must start at once. */

export interface Literal {
  /** The offset of its quote in the source. */
  readonly at: number;
  /** The text between the quotes, with escapes as written and "X" for each `${…}` of a template. */
  readonly text: string;
}

const SPACE_OR_COMMENT = /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
const STRING = /"((?:\\[\s\S]|[^"\\\n])*)"|'((?:\\[\s\S]|[^'\\\n])*)'/y;
const REGEXP = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y;
const WORD = /[\w$]+/y;
const TEMPLATE_TEXT = /(?:\\[\s\S]|\$(?!\{)|[^`\\$])*/y;

/** Words after which a slash begins a regular expression. After any other word it divides. */
const BEFORE_REGEXP = /^(?:return|typeof|case|in|of|void|yield|await)$/;

/** Returns the literals in the order of their ends: those inside a `${…}` come before their template. */
export function literalsOf(source: string): Literal[] {
  const found: Literal[] = [];
  code(source, 0, found);
  return found;
}

/** Scans code up to its end, or up to the brace that closes a `${`. @returns the offset where it stopped */
function code(source: string, start: number, found: Literal[]): number {
  let at = start;
  let depth = 0;
  let isOperand = false;
  while (at < source.length) {
    const space = match(SPACE_OR_COMMENT, source, at);
    if (space !== undefined) {
      at += space[0].length;
      continue;
    }
    const character = source.charAt(at);
    const token: RegExpExecArray | undefined =
      match(STRING, source, at) ??
      match(WORD, source, at) ??
      (character === "/" && !isOperand ? match(REGEXP, source, at) : undefined);
    if (character === "`") at = template(source, at, found);
    else if (token === undefined) {
      if (character === "}" && depth === 0) return at;
      depth += character === "{" ? 1 : character === "}" ? -1 : 0;
      at += 1;
    } else {
      if (character === '"' || character === "'") found.push({ at, text: token[1] ?? token[2] ?? "" });
      at += token[0].length;
    }
    isOperand = token === undefined ? /[`)\]]/.test(character) : !BEFORE_REGEXP.test(token[0]);
  }
  return at;
}

/** Scans a template. @returns the offset after its closing quote */
function template(source: string, start: number, found: Literal[]): number {
  let at = start + 1;
  let text = "";
  while (at < source.length) {
    const part = match(TEMPLATE_TEXT, source, at)?.[0] ?? "";
    text += part;
    at += part.length;
    if (source.charAt(at) === "`") break;
    text += "X";
    at = code(source, at + 2, found) + 1;
  }
  found.push({ at: start, text });
  return at + 1;
}

function match(form: RegExp, source: string, at: number): RegExpExecArray | undefined {
  form.lastIndex = at;
  return form.exec(source) ?? undefined;
}
