/**
 * The program under test: the bundle under the pinned Node, or, in the vitest project "executable", the single
 * executable. The same tests are run with both.
 */
import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { isBrief } from "../../tools/slowness.ts";

export const BUNDLE = resolve("dist/eic-agent.cjs");
export const EXECUTABLE = resolve("dist/eic-agent");

/** Set for that project in vitest.config.ts. */
export const isExecutable = process.env.EIC_UNDER_TEST === "executable";

/** Whether large tables are gone through whole: with what ships, where there is time for it. */
export const takesWholeTables = isExecutable && !isBrief;

/** The words that run it. */
export const PROGRAM: readonly string[] = isExecutable ? [EXECUTABLE] : [process.execPath, BUNDLE];

/** @throws Error where it is not there */
export function assertBuilt(): void {
  const [file, script] = isExecutable ? [EXECUTABLE, "build:binary"] : [BUNDLE, "build"];
  if (!existsSync(file)) throw new Error(`${file} is missing: npm run ${script} makes it`);
}

/** The words that run it by a link called `name`, which is made in `folder`. */
export function calledAs(name: string, folder: string): string[] {
  assertBuilt();
  mkdirSync(folder, { recursive: true });
  const link = join(folder, name);
  const target = PROGRAM.at(-1) ?? "";
  if (!existsSync(link)) symlinkSync(target, link);
  return [...PROGRAM.slice(0, -1), link];
}
