/** Checks the properties that a relay must have to be packaged: in its headers, with readelf, not in the compiler flags. */
import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";

/** Maximum bytes. The promise is "less than a megabyte", and its pages determine the memory that a flood of calls uses. */
const MAX_BYTES = 1_000_000;

const MACHINE = { x64: /Machine:\s+Advanced Micro Devices X86-64/, arm64: /Machine:\s+AArch64/ } as const;

/** @returns the flaws of the program at `path`, as sentences; empty if it may ship */
export function flawsOfRelay(path: string, cpu: keyof typeof MACHINE): string[] {
  const said = (...words: string[]) =>
    execFileSync("readelf", [...words, "--wide", path], { encoding: "utf8", env: { ...process.env, LC_ALL: "C" } });
  const header = said("--file-header");
  const segments = said("--segments");
  const dynamic = said("--dynamic");
  const symbols = said("--dyn-syms");
  const size = statSync(path).size;

  const rules: [boolean, string][] = [
    [MACHINE[cpu].test(header), `it is not for ${cpu}`],
    [/Type:\s+DYN /.test(header), "it is not position-independent (type DYN)"],
    [/\(FLAGS_1\)\s+Flags:.*\bPIE\b/.test(dynamic), "it is not marked as position-independent (PIE)"],
    [/\(FLAGS_1\)\s+Flags:.*\bNOW\b/.test(dynamic), "it is not bound before it starts (NOW)"],
    [/^\s*GNU_RELRO\s/m.test(segments), "what is relocated stays writable (no GNU_RELRO)"],
    [/^\s*GNU_STACK\s.*\sRW\s/m.test(segments), "its stack is executable, or not said not to be (GNU_STACK)"],
    [!/^\s*LOAD\s.*\sR?WE\s/m.test(segments), "a segment is writable and executable"],
    [!/\bINTERP\b/.test(segments), "it asks for a dynamic loader (INTERP)"],
    [!/\(NEEDED\)/.test(dynamic), "it asks for a shared library (NEEDED)"],
    [!/\(TEXTREL\)|\bTEXTREL\b/.test(dynamic), "its code is relocated (TEXTREL)"],
    [namedSymbols(symbols).length === 0, `it has dynamic symbols: ${namedSymbols(symbols).join(", ")}`],
    [size <= MAX_BYTES, `it has ${size} bytes, more than ${MAX_BYTES}`],
  ];
  return rules.filter(([holds]) => !holds).map(([, flaw]) => flaw);
}

/** Returns the symbols that a loader could bind. Section symbols, which the linker for arm64 also lists, have no name. */
function namedSymbols(table: string): string[] {
  const rows = [...table.matchAll(/^ *\d+: +[0-9a-f]+ +\S+ +(\S+) +\S+ +\S+ +\S+(?: +(\S+))?.*$/gm)];
  return rows.filter(([, type, name]) => type !== "SECTION" && name !== undefined).map(([, , name = ""]) => name);
}
