/** Programs that the tests of the relay run, and their build. */
import { rmSync } from "node:fs";
import { resolve } from "node:path";
import {
  type Cpu,
  compile,
  compileRelay,
  compilerFor,
  gnuName,
  LANGUAGE,
  RELAY_SOURCE,
  TRIAL_SOURCE,
} from "../../packaging/build/relay-compile.ts";

/** This machine's processor type, and the other one. */
export const NATIVE: Cpu = process.arch === "arm64" ? "arm64" : "x64";
export const FOREIGN: Cpu = NATIVE === "x64" ? "arm64" : "x64";

const FOLDER = resolve("dist/relay-test");

/** One form of the relay: its program, and the emulator if this processor cannot run it. */
export interface Form {
  readonly program: string;
  readonly emulator?: string;
  /** The program of a trial, built in the same way. */
  readonly trial?: string;
}

export const SHIPPED: Form = { program: `${FOLDER}/authorized-keys`, trial: `${FOLDER}/trial` };
export const SANITIZED: Form = { program: `${FOLDER}/sanitized`, trial: `${FOLDER}/trial-sanitized` };
/** The command that decides in the tests of a trial: command.c. */
export const COMMAND = `${FOLDER}/command`;
export const EMULATED: Form = {
  program: `${FOLDER}/foreign`,
  emulator: `/usr/bin/qemu-${gnuName(FOREIGN)}-static`,
};
/** Test of the relay's own functions on a busy host: late.c. */
export const LATE = `${FOLDER}/late`;
export const ONE_SHOT = `${FOLDER}/one-shot`;
/** Substitute for systemd: test/support/activate.c. */
export const ACTIVATE = `${FOLDER}/activate`;

/** Builds, by the requirement of each. They leave the files of `npm run build:relay` alone, which a test must not change. */
export const BUILDS = {
  "relay-run": () => {
    compileRelay(NATIVE, SHIPPED.program);
    const sanitizers = ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
    compile("gcc", [...LANGUAGE, ...sanitizers, RELAY_SOURCE], SANITIZED.program);
    compileRelay(NATIVE, `${FOLDER}/trial`, TRIAL_SOURCE);
    compile("gcc", [...LANGUAGE, ...sanitizers, TRIAL_SOURCE], `${FOLDER}/trial-sanitized`);
    compile(compilerFor(NATIVE), [...LANGUAGE, "-O1", "-static", "test/relay/command.c"], COMMAND);
    compile("gcc", [...LANGUAGE, ...sanitizers, "test/relay/late.c"], LATE);
    compile(compilerFor(NATIVE), ["-static", "-O1", "-Wall", "-Wextra", "-Werror", "test/relay/one-shot.c"], ONE_SHOT);
    compile(compilerFor(NATIVE), [...LANGUAGE, "-O1", "-static", "test/support/activate.c"], ACTIVATE);
  },
  "foreign-relay-run": () => compileRelay(FOREIGN, EMULATED.program),
} as const;

export const removeAll = (): void => rmSync(FOLDER, { recursive: true, force: true });
