/** Folds prose into lines that fit a terminal, and commands so that they remain one command. */

/**
 * Returns lines that fit. A word that is longer than a line (a key, a path) is not broken. The text's indent is kept.
 * @param width maximum columns
 */
export function folded(text: string, width: number): string[] {
  const indent = /^ */.exec(text)?.[0] ?? "";
  return lines(text, width - indent.length).map((line) => indent + line);
}

/** Folds a shell command in the same way: each line but the last ends with a backslash, and later lines are indented. */
export function foldedCommand(command: string, width: number): string[] {
  const [first = "", ...others] = lines(command, width - 4);
  const all = [first, ...others.map((line) => `  ${line}`)];
  return all.map((line, i) => (i < all.length - 1 ? `${line} \\` : line));
}

function lines(text: string, width: number): string[] {
  const done: string[] = [];
  let line = "";
  for (const word of text.trim().split(/ +/)) {
    if (line !== "" && line.length + 1 + word.length > width) {
      done.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...done, line];
}
