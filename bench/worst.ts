/** Measures the costliest inputs that the size limits allow, with Node without a compiler, as in the executable. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { markdown } from "./table.ts";

export interface Worst {
  readonly name: string;
  /** Milliseconds of processor time, the minimum of several runs, because other load can only increase it. */
  readonly milliseconds: number;
}

/** Maximum milliseconds for one judgement. */
export const WORST_MS = 50;

export function worst(): Worst[] {
  const folder = mkdtempSync(join(tmpdir(), "eic-worst-"));
  try {
    const outfile = join(folder, "worst-child.cjs");
    const entryPoints = [join(import.meta.dirname, "worst-child.ts")];
    // Without a compiler Node has no WebAssembly, and so does not run TypeScript.
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
