/** Formats the results of a run as tables that are readable on a terminal and as Markdown. */
import { type Call, EMPTY, type Figures, RELAY } from "./figures.ts";
import { mean, median, ratio, sum } from "./numbers.ts";

export function tables(figures: Figures): string {
  return [
    callsOf(figures),
    startsOf(figures),
    crowdsOf(figures),
    floodsOf(figures),
    hangingOf(figures),
    besideOf(figures),
  ]
    .filter((text) => text !== "")
    .join("\n\n");
}

function callsOf({ calls, service }: Figures): string {
  if (calls.length === 0) return "";
  const base = calls.find(({ program }) => program === EMPTY)?.wall ?? [];
  const rows = calls.map((one) => [
    one.program === EMPTY ? "" : one.asked,
    one.program,
    fine(median(one.wall)),
    `${fine(Math.min(...one.wall))}–${fine(Math.max(...one.wall))}`,
    processorOf(one),
    ratio(one.wall, base).toFixed(2),
    one.program === RELAY ? `${one.memory.toFixed(1)} + ${service?.toFixed(0)}` : one.memory.toFixed(0),
  ]);
  return markdown(["a call", "", "wall ms", "min–max", "processor ms", "ratio", "peak MiB"], rows);
}

function startsOf({ ready }: Figures): string {
  if (ready === undefined) return "";
  const [least, most] = [Math.min(...ready), Math.max(...ready)].map(coarse);
  return `A service that is started takes calls after ${coarse(median(ready))} ms (${least}–${most}, ${ready.length} starts).`;
}

const processorOf = ({ processor, ofService }: Call): string =>
  ofService === undefined ? fine(mean(processor)) : `${fine(mean(processor))} (service ${fine(mean(ofService))})`;

function crowdsOf({ crowds }: Figures): string {
  if (crowds.length === 0) return "";
  const rows = crowds.map(({ program, size, all, each, right, oneShots = 0, processor, memory }) => [
    `${size}`,
    program,
    rightOf(right, size * all.length, oneShots),
    coarse(median(all)),
    `${coarse(Math.min(...all))}–${coarse(Math.max(...all))}`,
    coarse(median(each)),
    coarse(mean(processor)),
    memory === undefined ? "not tried" : `${memory.pss.toFixed(0)} (${memory.rss.toFixed(0)})`,
  ]);
  const head = ["at once", "", "right", "all, ms", "min–max", "one, ms", "processor ms", "peak MiB (RSS)"];
  return markdown(head, rows);
}

function floodsOf({ floods }: Figures): string {
  if (floods.length === 0) return "";
  const rows = floods.map(({ accounts, rate, answered, busy, unanswered, first, second, right, oneShots }) => [
    `${accounts}`,
    coarse(rate),
    [answered, busy, unanswered].map((count) => percent(count, sum([answered, busy, unanswered]))).join(" / "),
    rightOf(right, first.length + second.length, oneShots),
    `${fine(median(first))} (${coarse(Math.max(...first))})`,
    `${fine(median(second))} (${coarse(Math.max(...second))})`,
  ]);
  const head = ["flood for accounts", "calls a s", "answered / busy / closed", "right", "first, ms (max)", "second"];
  return markdown(head, rows);
}

function hangingOf({ hanging }: Figures): string {
  if (hanging === undefined) return "";
  const { well, hung, first, isBackAtOnce } = hanging;
  const row = (name: string, times: readonly number[]) => [
    name,
    RELAY,
    coarse(median(times)),
    `${coarse(Math.min(...times))}–${coarse(Math.max(...times))}`,
    `${ratio(times, well).toFixed(1)}`,
  ];
  const rows = [row("metadata well", well), row("metadata hangs", hung)];
  const table = markdown(["five offered keys, none pushed", "", "a login, ms", "min–max", "ratio"], rows);
  const before = `Before, ${first.length} calls waited ${coarse(median(first))} ms (${coarse(Math.max(...first))} at most)`;
  return `${table}\n\n${before}; the first pushed key afterwards was ${isBackAtOnce ? "had" : "LOST"}.`;
}

function besideOf({ beside }: Figures): string {
  if (beside === undefined) return "";
  const row = (name: string, times: readonly number[]) => [
    name,
    RELAY,
    fine(median(times)),
    `${fine(Math.min(...times))}–${fine(Math.max(...times))}`,
    ratio(times, beside.besideNone).toFixed(2),
  ];
  return markdown(
    ["one pushed key, at the same moment as", "", "wall ms", "min–max", "ratio"],
    [
      row("nothing", beside.alone),
      row("five offered keys of a user without keys", beside.besideNone),
      row("the same of a user with forty keys of 800 words", beside.besideForty),
    ],
  );
}

/** Aligns the first column to the left, and the others to the right. */
export function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(3, ...all.map((row) => row[column]?.length ?? 0)));
  const isText = (column: number) => column < 2 && head[1] === "";
  const line = (row: readonly string[]) =>
    `| ${widths.map((width, i) => (i === 0 || isText(i) ? (row[i] ?? "").padEnd(width) : (row[i] ?? "").padStart(width))).join(" | ")} |`;
  const rule = `|${widths.map((width, i) => (i === 0 || isText(i) ? "-".repeat(width + 2) : `${"-".repeat(width + 1)}:`)).join("|")}|`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}

const rightOf = (right: number, asked: number, oneShots: number): string =>
  `${right} of ${asked}${oneShots > 0 ? `, ${oneShots} by one-shot` : ""}`;

const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(0)} %`;

/** Two decimal places below ten, else one. */
const fine = (value: number): string => value.toFixed(value < 9.995 ? 2 : 1);
const coarse = (value: number): string => value.toFixed(value < 9.95 ? 1 : 0);
