/** Programs that a namespace needs for logins through the relay and the service: prepared once, before the tests. */
import { chmodSync, copyFileSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { compile, compilerFor, LANGUAGE } from "../../packaging/build/relay-compile.ts";
import { NATIVE } from "../relay/programs.ts";

/** Folder of the relay, the emulation of systemd (activate.c), and the counter of one-shot programs (one-shot.sh). */
export const WARM_PROGRAMS = resolve("dist/warm-test");

export function layWarmPrograms(): void {
  // The relay that ships.
  const relay = `dist/relay/${NATIVE}/authorized-keys`;
  if (!existsSync(relay)) throw new Error(`${relay} is missing: npm run build:relay makes it`);
  rmSync(WARM_PROGRAMS, { recursive: true, force: true });
  mkdirSync(WARM_PROGRAMS, { recursive: true });
  const sources = import.meta.dirname;
  copyFileSync(relay, join(WARM_PROGRAMS, "authorized-keys"));
  copyFileSync(join(sources, "one-shot.sh"), join(WARM_PROGRAMS, "one-shot"));
  compile(
    compilerFor(NATIVE),
    [...LANGUAGE, "-O1", "-static", join(sources, "activate.c")],
    `${WARM_PROGRAMS}/activate`,
  );
  for (const name of ["authorized-keys", "one-shot", "activate"]) chmodSync(join(WARM_PROGRAMS, name), 0o755);
}
