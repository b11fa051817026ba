/**
 * Packages with a recorder in place of the program, and a root folder of its own to install them in. What the scripts
 * call, and when, is looked at here; what the program then does to a real sshd, test/install looks at.
 */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { contents } from "../../packaging/build/contents.ts";
import { makeDeb } from "../../packaging/build/deb.ts";
import type { Order } from "../../packaging/build/order.ts";
import type { Cpu } from "../../packaging/build/processors.ts";
import { makeRpm } from "../../packaging/build/rpm.ts";
import { unshareWords } from "../../tools/setup-needs.ts";
import { mustRun } from "../support/namespace-run.ts";

/** Writes down how it was called, and answers with the status that the test has laid down for that word. */
const RECORDER = `#!/bin/sh
echo "$*" >>/calls
exit "$(cat "/answer-$2" 2>/dev/null || echo 0)"
`;

/**
 * For the scripts of the tests. `calls` prints what was called since the last time, on one line; what dpkg and rpm say
 * goes to /log.
 */
const TOOLS = `
calls() { echo "$1: $(paste -sd, /calls 2>/dev/null || :)"; rm -f /calls; }
dpkg() { case $1 in -s) command dpkg "$@" ;; *) command dpkg "$@" >>/log 2>&1 ;; esac; }
install() { dpkg --force-depends -i "/given/$1.deb"; }
rpm() { command rpm "$@" >>/log 2>&1; }
`;

export interface Scratch {
  /** Runs a script of sh in a new root; @returns the lines that it printed */
  run(script: string): Promise<string[]>;
  close(): void;
}

/** @returns where /given has old.deb, new.deb, old.rpm and new.rpm, which differ in their version alone */
export function openScratch(): Scratch {
  const folder = mkdtempSync(join(tmpdir(), "eic-scratch-"));
  const given = join(folder, "given");
  mkdirSync(given);
  const recorder = join(folder, "recorder");
  writeFileSync(recorder, RECORDER);
  const cpu = process.arch as Cpu;
  for (const [name, version] of [
    ["old", "1.0.0"],
    ["new", "1.1.0"],
  ] as const) {
    const to = join(folder, name);
    mkdirSync(to);
    const order: Order = { version, cpu, compression: "quick", time: 0, folder: join(folder, "stage"), to };
    for (const [format, make] of [
      ["deb", makeDeb],
      ["rpm", makeRpm],
    ] as const) {
      const entries = contents(cpu, format, recorder);
      renameSync(make(entries, order), join(given, `${name}.${format}`));
    }
  }
  return {
    run: async (script) => {
      writeFileSync(join(given, "script"), TOOLS + script);
      const words = [...unshareWords(), "sh", resolve(import.meta.dirname, "scratch.sh"), given];
      return (await mustRun(words)).stdout.split("\n").slice(0, -1);
    },
    close: () => rmSync(folder, { recursive: true }),
  };
}
