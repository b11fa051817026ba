/** Prose in lines that fit a terminal, and commands that stay one command when they are folded. */

/**
 * Lines that fit; a word that is longer by itself (a key, a path) stays whole. The text's own indent is kept.
 * @param width columns at most
 */
export function folded(text: string, width: number): string[] {
  const indent = /^ */.exec(text)?.[0] ?? "";
  return lines(text, width - indent.length).map((line) => indent + line);
}

/** The same for a shell's command: each line but the last ends with a backslash, and what follows is indented. */
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
