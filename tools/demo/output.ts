/**
 * Output of the demo: headings, commands, facts and verdicts, in 80 columns; colour only on a terminal, and not with
 * NO_COLOR.
 */
import { folded, foldedCommand } from "../folded.ts";

const coloured = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code: number) => (text: string) => (coloured ? `\x1b[${code}m${text}\x1b[0m` : text);
const bold = paint(1);
const red = paint(31);
const green = paint(32);
const grey = paint(90);

/** Columns of indentation below a heading, and columns for the name of a fact. */
const [INDENT, NAME] = [3, 9] as const;
const COLUMNS = 80;

const say = (line = "") => void process.stdout.write(`${line}\n`);

/** Prints the first line after `before`, and the other lines indented by `columns`. */
function below(before: string, lines: readonly string[], columns: number): void {
  const [first = "", ...others] = lines;
  say(`${before}${first}`);
  for (const line of others) say(`${" ".repeat(columns)}${line}`);
}

let step = 0;
const unexpected: string[] = [];

export const paper = {
  /** Prints prose. */
  text(...lines: string[]): void {
    for (const line of lines.flatMap((text) => folded(text, COLUMNS))) say(line);
  },
  /** Begins the next step. */
  step(title: string, ...why: string[]): void {
    step += 1;
    say();
    const [first = "", ...others] = folded(title, COLUMNS - INDENT);
    say(bold(`${step}  ${first}`));
    for (const line of others) say(bold(`${" ".repeat(INDENT)}${line}`));
    for (const line of folded(why.join(" "), COLUMNS - INDENT)) if (line !== "") say(`${" ".repeat(INDENT)}${line}`);
  },
  command(words: string): void {
    const columns = INDENT + 2;
    below(`${" ".repeat(INDENT)}${grey("$")} `, foldedCommand(words, COLUMNS - columns), columns);
  },
  /** Prints values in a column, under one name. */
  fact(name: string, ...values: string[]): void {
    for (const [index, value] of values.entries()) {
      const before = `${" ".repeat(INDENT)}${grey((index === 0 ? name : "").padEnd(NAME - 1))} `;
      below(before, folded(value, COLUMNS - INDENT - NAME), INDENT + NAME);
    }
  },
  /** Prints an expected result, and whether it was met. If it was not, the demo fails. */
  expect(outcome: boolean, what: string): void {
    const mark = outcome ? "✓" : "✗ not so:";
    const columns = INDENT + mark.length + 1;
    below(`${" ".repeat(INDENT)}${(outcome ? green : red)(mark)} `, folded(what, COLUMNS - columns), columns);
    if (!outcome) unexpected.push(what);
  },
  /** Expected results that were not met. */
  unexpected: unexpected as readonly string[],
} as const;
