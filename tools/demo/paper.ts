/** What the demo prints on: headings, commands, facts and verdicts; colour only on a terminal, and not with NO_COLOR. */

const coloured = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code: number) => (text: string) => (coloured ? `\x1b[${code}m${text}\x1b[0m` : text);
const bold = paint(1);
const red = paint(31);
const green = paint(32);
const grey = paint(90);

const say = (line = "") => void process.stdout.write(`${line}\n`);

let step = 0;
const unexpected: string[] = [];

export const paper = {
  /** Prose, as it is. */
  text(...lines: string[]): void {
    for (const line of lines) say(line);
  },
  /** The next step. */
  step(title: string, ...why: string[]): void {
    step += 1;
    say();
    say(bold(`${step}  ${title}`));
    for (const line of why) say(`   ${line}`);
  },
  command(words: string): void {
    say(`   ${grey("$")} ${words}`);
  },
  /** Named facts in a column: several values under one name. */
  fact(name: string, ...values: string[]): void {
    for (const [index, value] of values.entries()) say(`   ${grey((index === 0 ? name : "").padEnd(8))} ${value}`);
  },
  /** What was to be shown, and whether it came out so. What did not makes the demo fail. */
  expect(outcome: boolean, what: string): void {
    say(`   ${outcome ? green("✓") : red("✗ not so:")} ${what}`);
    if (!outcome) unexpected.push(what);
  },
  /** What did not come out as it should. */
  unexpected: unexpected as readonly string[],
} as const;
