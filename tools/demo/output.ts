/**
 * What the demo prints on: headings, commands, facts and verdicts, in 80 columns; colour only on a terminal, and not with
 * NO_COLOR.
 */
import { folded, foldedCommand } from "../folded.ts";

const coloured = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code: number) => (text: string) => (coloured ? `\x1b[${code}m${text}\x1b[0m` : text);
const bold = paint(1);
const red = paint(31);
const green = paint(32);
const grey = paint(90);

/** Under a heading, and under the name of a fact. */
const [INDENT, NAME] = [3, 9] as const;
const COLUMNS = 80;

const say = (line = "") => void process.stdout.write(`${line}\n`);

/** The first line after what stands before it, the others below its text. */
function below(before: string, lines: readonly string[], columns: number): void {
  const [first = "", ...others] = lines;
  say(`${before}${first}`);
  for (const line of others) say(`${" ".repeat(columns)}${line}`);
}

let step = 0;
const unexpected: string[] = [];

export const paper = {
  /** Prose. */
  text(...lines: string[]): void {
    for (const line of lines.flatMap((text) => folded(text, COLUMNS))) say(line);
  },
  /** The next step. */
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
  /** Named facts in a column: several values under one name. */
  fact(name: string, ...values: string[]): void {
    for (const [index, value] of values.entries()) {
      const before = `${" ".repeat(INDENT)}${grey((index === 0 ? name : "").padEnd(NAME - 1))} `;
      below(before, folded(value, COLUMNS - INDENT - NAME), INDENT + NAME);
    }
  },
  /** What was to be shown, and whether it came out so. What did not makes the demo fail. */
  expect(outcome: boolean, what: string): void {
    const mark = outcome ? "✓" : "✗ not so:";
    const columns = INDENT + mark.length + 1;
    below(`${" ".repeat(INDENT)}${(outcome ? green : red)(mark)} `, folded(what, COLUMNS - columns), columns);
    if (!outcome) unexpected.push(what);
  },
  /** What did not come out as it should. */
  unexpected: unexpected as readonly string[],
} as const;
