/** What a program needs of the system, read from its ELF file with readelf, which knows every processor's. */
import { execFileSync } from "node:child_process";

export interface Elf {
  /** readelf's word, as in `AArch64`. */
  readonly machine: string;
  /** Sonames. */
  readonly libraries: readonly string[];
  /** Symbol versions that the dynamic linker must find, as in `GLIBC_2.28`, each once. */
  readonly versions: readonly string[];
}

/** @throws Error where readelf is missing, or `path` is no ELF file with a dynamic section */
export function readElf(path: string): Elf {
  const words = ["--wide", "--file-header", "--dynamic", "--version-info", path];
  const said = execFileSync("readelf", words, { encoding: "utf8", env: { ...process.env, LC_ALL: "C" } });
  const machine = /^ *Machine: +(.+)$/m.exec(said)?.[1] ?? "";
  const libraries = [...said.matchAll(/\(NEEDED\).*\[(.+)\]/g)].map(([, name = ""]) => name);
  const versions = [...said.matchAll(/^ +0x[0-9a-f]+: +Name: (\S+) +Flags:/gm)].map(([, name = ""]) => name);
  if (machine === "" || libraries.length === 0) throw new Error(`${path} is no dynamically linked program`);
  return { machine, libraries, versions: [...new Set(versions)] };
}

/**
 * The newest of one family's versions.
 * @param family as in `GLIBC`
 * @returns as in `2.28`; undefined where the program needs none
 */
export function newest({ versions }: Elf, family: string): string | undefined {
  const numbers = versions.filter((name) => name.startsWith(`${family}_`)).map((name) => name.slice(family.length + 1));
  return numbers.sort(byNumber).at(-1);
}

/** 2.9 before 2.28. */
export const byNumber = (a: string, b: string): number => a.localeCompare(b, "en", { numeric: true });
