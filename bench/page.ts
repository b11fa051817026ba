/** The part of docs/performance.md that a run writes. */

const BEGIN = "<!-- written by npm run bench -- --write -->";
const END = "<!-- to here -->";

/** @throws Error if the page has no such part */
export function withRun(page: string, run: string): string {
  const [before, rest] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (before < 0 || rest < before) throw new Error(`the page has no ${BEGIN} … ${END}`);
  return `${page.slice(0, before + BEGIN.length)}\n\n${run}\n\n${page.slice(rest)}`;
}
