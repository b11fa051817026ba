/** What a race gave, as a table: medians, and the ratio to the first row, pair by pair within each round. */
import type { Times } from "./race.ts";

/** @param memory MiB, a figure a row */
export function table(rows: readonly Times[], memory: ReadonlyMap<string, number>): string {
  const [base] = rows;
  const cells = rows.map(({ name, wall, processor }) => [
    name,
    median(wall).toFixed(1),
    `${Math.min(...wall).toFixed(1)}–${Math.max(...wall).toFixed(1)}`,
    mean(processor).toFixed(1),
    ratio(wall, base?.wall ?? []).toFixed(2),
    memory.get(name)?.toFixed(1) ?? "?",
  ]);
  const all = [["", "wall ms", "min–max", "processor ms", "ratio", "peak MiB"], ...cells];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  return all
    .map((row) =>
      row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  "),
    )
    .join("\n");
}

/** The median of the ratios within each round: a slow moment of the machine is in both of its figures. */
export function ratio(of: readonly number[], to: readonly number[]): number {
  return median(of.map((value, round) => value / (to[round] ?? Number.NaN)));
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low = Number.NaN, high = low] = sorted.slice(
    Math.ceil(sorted.length / 2) - 1,
    Math.floor(sorted.length / 2) + 1,
  );
  return (low + high) / 2;
}
