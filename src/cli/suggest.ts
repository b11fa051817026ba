/** The nearest name to a mistyped one. Pure. */

/** Returns how many letters may differ; with more it is another word. */
const farthest = (length: number): number => Math.max(1, Math.floor(length / 3));

/**
 * Returns the nearest name.
 * @returns undefined if no name is near
 */
export function nearest(word: string, names: readonly string[]): string | undefined {
  const ranked = names
    .map((name) => ({ name, steps: distance(word.toLowerCase(), name.toLowerCase()) }))
    .toSorted((a, b) => a.steps - b.steps);
  const [best] = ranked;
  if (best === undefined) return undefined;
  // A prefix is near, even if much is missing: `comp` means `completion`.
  const begun = names.filter((name) => word.length > 1 && name.startsWith(word));
  if (begun.length === 1) return begun[0];
  return best.steps <= farthest(word.length) ? best.name : undefined;
}

/** Counts letters inserted, deleted or changed, and swaps of two neighbours (optimal string alignment). */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number) => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j += 1) {
      const changed = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY;
      row.push(Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + changed, swapped));
    }
  }
  return at(a.length, b.length);
}
