/**
 * The program under test: the bundle with the pinned Node, or, in the vitest project "executable", the single
 * executable. Both run the same tests.
 */
import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { isBrief } from "../../tools/slowness.ts";

export const BUNDLE = resolve("dist/eic-agent.cjs");
export const EXECUTABLE = resolve("dist/eic-agent");

/** The variable is set for that project in vitest.config.ts. */
export const isExecutable = process.env.EIC_UNDER_TEST === "executable";

/** Whether tests use large tables completely: only with the executable, which is what ships, and not in a brief run. */
export const takesWholeTables = isExecutable && !isBrief;

/** Command line that runs the program. */
export const PROGRAM: readonly string[] = isExecutable ? [EXECUTABLE] : [process.execPath, BUNDLE];

/** @throws Error if the program is not built */
export function assertBuilt(): void {
  const [file, script] = isExecutable ? [EXECUTABLE, "build:binary"] : [BUNDLE, "build"];
  if (!existsSync(file)) throw new Error(`${file} is missing: npm run ${script} makes it`);
}

/** Returns the command line that runs the program through a link called `name`; creates the link in `folder`. */
export function calledAs(name: string, folder: string): string[] {
  assertBuilt();
  mkdirSync(folder, { recursive: true });
  const link = join(folder, name);
  const target = PROGRAM.at(-1) ?? "";
  if (!existsSync(link)) symlinkSync(target, link);
  return [...PROGRAM.slice(0, -1), link];
}
