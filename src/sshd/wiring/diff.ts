/** Compares two texts as a unified diff, the format of diff -u and git. Pure. */

/** Lines of context around a difference. */
const CONTEXT = 3;

interface Row {
  readonly sign: " " | "-" | "+";
  readonly line: string;
}

/** @returns hunks without a header; empty if both texts are the same */
export function unifiedDiff(before: string, after: string): string[] {
  const rows = rowsOf(split(before), split(after));
  const changed = rows.flatMap(({ sign }, index) => (sign === " " ? [] : [index]));
  const out: string[] = [];
  let from = 0;
  while (from < changed.length) {
    let to = from;
    while (to + 1 < changed.length && (changed[to + 1] ?? 0) - (changed[to] ?? 0) <= 2 * CONTEXT) to += 1;
    const start = Math.max(0, (changed[from] ?? 0) - CONTEXT);
    const hunk = rows.slice(start, (changed[to] ?? 0) + CONTEXT + 1);
    const count = (list: readonly Row[], sign: "-" | "+") => list.filter((row) => row.sign !== sign).length;
    const range = (hidden: "-" | "+") => {
      const [skipped, length] = [count(rows.slice(0, start), hidden), count(hunk, hidden)];
      return `${length === 0 ? skipped : skipped + 1},${length}`;
    };
    out.push(`@@ -${range("+")} +${range("-")} @@`, ...hunk.map(({ sign, line }) => sign + line));
    from = to + 1;
  }
  return out;
}

/** Splits a text into lines. A last line without a newline is marked as diff -u marks it. */
function split(text: string): string[] {
  const lines = text.split("\n");
  const last = lines.pop() ?? "";
  return last === "" ? lines : [...lines, `${last}\n\\ No newline at end of file`];
}

/** Returns the longest common lines, between the common beginning and the common end. */
function rowsOf(before: readonly string[], after: readonly string[]): Row[] {
  let head = 0;
  while (head < Math.min(before.length, after.length) && before[head] === after[head]) head += 1;
  let tail = 0;
  const rest = Math.min(before.length, after.length) - head;
  while (tail < rest && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  const same = (lines: readonly string[]): Row[] => lines.map((line) => ({ sign: " ", line }));
  const [a, b] = [before.slice(head, before.length - tail), after.slice(head, after.length - tail)];
  return [...same(before.slice(0, head)), ...between(a, b), ...same(before.slice(before.length - tail))];
}

function between(a: readonly string[], b: readonly string[]): Row[] {
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  const at = (i: number, j: number) => lengths[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const row = lengths[i];
      if (row !== undefined) row[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const rows: Row[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      rows.push({ sign: " ", line: a[i] ?? "" });
      i += 1;
      j += 1;
    } else if (j >= b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1))) {
      rows.push({ sign: "-", line: a[i] ?? "" });
      i += 1;
    } else {
      rows.push({ sign: "+", line: b[j] ?? "" });
      j += 1;
    }
  }
  return rows;
}
