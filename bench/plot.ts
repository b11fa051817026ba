/** Draws the results of a run as SVG: one row for each figure, on logarithmic scales, since 1 ms and 5 s occur. Pure. */
import { BUNDLE, type Call, type Crowd, CURL, EMPTY, EXECUTABLE, type Figures, RELAY } from "./figures.ts";
import { median } from "./numbers.ts";

interface Row {
  readonly program: string;
  readonly value: number;
  /** Minimum and maximum. */
  readonly span?: readonly [number, number];
  /** Text after the value. */
  readonly note?: string;
}

interface Group {
  readonly title: string;
  readonly rows: readonly Row[];
}

export interface Scale {
  readonly from: number;
  readonly to: number;
}

const WIDTH = 800;
const LEFT = 190;
const RIGHT = 150;
const ROW = 20;
const TITLE = 30;
const AXIS = 34;

/** Colours with contrast to both backgrounds. The drawing has its own background, so that of the page does not matter. */
const COLOURS: Record<string, string> = {
  [RELAY]: "#2f9e44",
  [EXECUTABLE]: "#3b82f6",
  [BUNDLE]: "#8b5cf6",
  [CURL]: "#d97706",
  [EMPTY]: "#8a8f98",
};
const OTHER = "#db2777";
const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #24292f; }
  .title { font-weight: 600; }
  .card { fill: #ffffff; stroke: #d0d7de; }
  .grid { stroke: #d0d7de; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .card { fill: #161b22; stroke: #3d444d; }
    .grid { stroke: #3d444d; }
  }`;

export function plot(figures: Figures): string {
  const times = timesOf(figures);
  const memory = memoryOf(figures);
  const drawn = new Drawing();
  drawn.text(LEFT, drawn.down(TITLE), "milliseconds, by tens: median, and from the least to the greatest", "title");
  drawn.panel(times, "ms");
  if (memory.length > 0) {
    drawn.text(LEFT, drawn.down(TITLE), "MiB of everything together, by tens: the peak", "title");
    drawn.panel(memory, "MiB");
  }
  return drawn.svg();
}

function timesOf({ calls, crowds, floods }: Figures): Group[] {
  const asked = [...new Set(calls.map((one) => one.asked))];
  const titled = (name: string) => (name === "nothing" ? "Node itself" : name);
  return [
    ...asked.map((name) => ({
      title: titled(name),
      rows: calls.filter((one) => one.asked === name).map((one: Call) => row(one.program, one.wall)),
    })),
    ...[...new Set(crowds.map(({ size }) => size))].map((size) => ({
      title: `${size} at once, all of them`,
      rows: crowds.filter((one) => one.size === size).map(ofCrowd),
    })),
    ...floods.map(({ accounts, first }) => ({
      title: `in a flood for ${accounts === 1 ? "another account" : `${accounts} others`}`,
      rows: [row(RELAY, first)],
    })),
  ];
}

const memoryOf = ({ crowds }: Figures): Group[] =>
  [...new Set(crowds.map(({ size }) => size))]
    .map((size) => ({
      title: `${size} at once`,
      rows: crowds.flatMap(({ program, size: own, memory }) =>
        own === size && memory !== undefined ? [{ program, value: memory.pss }] : [],
      ),
    }))
    .filter(({ rows }) => rows.length > 0);

const row = (program: string, values: readonly number[]): Row => ({
  ...{ program, value: median(values) },
  span: [Math.min(...values), Math.max(...values)],
});

/** Returns the row of a crowd, with a note if not all calls were answered. */
function ofCrowd({ program, size, all, right }: Crowd): Row {
  const asked = size * all.length;
  return { ...row(program, all), ...(right < asked && { note: `, ${right} of ${asked} right` }) };
}

/** Returns the whole powers of ten that enclose all values. */
export function scaleFor(values: readonly number[]): Scale {
  const from = Math.floor(Math.log10(Math.min(...values)));
  return { from, to: Math.max(from + 1, Math.ceil(Math.log10(Math.max(...values)))) };
}

/** Returns the x coordinate of a value. */
export function placeOf(value: number, { from, to }: Scale): number {
  return LEFT + ((Math.log10(value) - from) / (to - from)) * (WIDTH - LEFT - RIGHT);
}

class Drawing {
  readonly #parts: string[] = [];
  #y = 8;

  /** Reserves vertical space, and returns the y coordinate of a text at its end. */
  down(room: number): number {
    this.#y += room;
    return this.#y - 8;
  }

  text(x: number, y: number, words: string, kind = "", anchor = "start"): void {
    this.#parts.push(
      `<text x="${x.toFixed(1)}" y="${y}" text-anchor="${anchor}"${kind && ` class="${kind}"`}>${escaped(words)}</text>`,
    );
  }

  panel(groups: readonly Group[], unit: "ms" | "MiB"): void {
    const scale = scaleFor(groups.flatMap(({ rows }) => rows.flatMap(({ value, span }) => [value, ...(span ?? [])])));
    const top = this.#y;
    for (const { title, rows } of groups) {
      this.text(12, this.down(TITLE), title, "title");
      for (const one of rows) this.#row(one, scale);
    }
    const bottom = this.#y;
    for (let power = scale.from; power <= scale.to; power += 1) {
      const x = placeOf(10 ** power, scale).toFixed(1);
      this.#parts.unshift(`<line class="grid" x1="${x}" y1="${top}" x2="${x}" y2="${bottom + 6}"/>`);
      this.text(Number(x), bottom + 20, marked(power, unit), "", "middle");
    }
    this.down(AXIS);
  }

  #row({ program, value, span, note = "" }: Row, scale: Scale): void {
    const y = this.down(ROW);
    const colour = COLOURS[program] ?? OTHER;
    const x = placeOf(value, scale);
    this.text(28, y, program);
    const middle = y - 4;
    const start = placeOf(10 ** scale.from, scale).toFixed(1);
    const bar = `<line x1="${start}" y1="${middle}" x2="${x.toFixed(1)}" y2="${middle}" stroke="${colour}" stroke-width="8" stroke-opacity="0.55"/>`;
    this.#parts.push(bar);
    const [least, greatest] = span ?? [value, value];
    const ends = [least, greatest].map((one) => placeOf(one, scale).toFixed(1));
    this.#parts.push(
      `<line x1="${ends[0]}" y1="${middle}" x2="${ends[1]}" y2="${middle}" stroke="${colour}" stroke-width="2"/>`,
    );
    this.text(Math.max(x, placeOf(greatest, scale)) + 6, y, `${shown(value)}${note}`);
  }

  svg(): string {
    const height = this.#y + 8;
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
      "<title>What a run of npm run bench found: milliseconds and MiB, as in the table below</title>",
      `<style>${STYLE}\n</style>`,
      `<rect class="card" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8"/>`,
      ...this.#parts,
      "</svg>\n",
    ].join("\n");
  }
}

const marked = (power: number, unit: "ms" | "MiB"): string => {
  const [value, shortest] = unit === "ms" && power >= 3 ? [10 ** (power - 3), "s"] : [10 ** power, unit];
  return `${Number(value.toPrecision(1))} ${shortest}`;
};

const shown = (value: number): string => value.toFixed(value < 9.95 ? 1 : 0);

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
