/** The costliest inputs that the limits of size allow, judged by a Node without a compiler, as the executable's is. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { markdown } from "./table.ts";

export interface Worst {
  readonly name: string;
  /** Milliseconds of processor time, the least of some runs: what else the machine does only adds. */
  readonly milliseconds: number;
}

/** Milliseconds for one judgement. */
export const WORST_MS = 50;

export function worst(): Worst[] {
  const folder = mkdtempSync(join(tmpdir(), "eic-worst-"));
  try {
    const outfile = join(folder, "worst-child.cjs");
    const entryPoints = [join(import.meta.dirname, "worst-child.ts")];
    // Without a compiler there is no WebAssembly either, and so no TypeScript.
    buildSync({ entryPoints, outfile, bundle: true, platform: "node", format: "cjs", logLevel: "error" });
    return JSON.parse(execFileSync(process.execPath, ["--jitless", outfile], { encoding: "utf8" }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export const worstTable = (rows: readonly Worst[]): string =>
  markdown(
    ["the costliest inputs", "processor ms"],
    rows.map(({ name, milliseconds }) => [name, milliseconds.toFixed(1)]),
  );
