/** Reads the requirements of a program from its ELF file with readelf, which supports every processor. */
import { execFileSync } from "node:child_process";

export interface Elf {
  /** readelf's name, such as `AArch64`. */
  readonly machine: string;
  /** Sonames. */
  readonly libraries: readonly string[];
  /** Symbol versions that the dynamic linker must find, such as `GLIBC_2.28`, without duplicates. */
  readonly versions: readonly string[];
}

/** @throws Error if readelf is missing, or if `path` is not an ELF file with a dynamic section */
export function readElf(path: string): Elf {
  const words = ["--wide", "--file-header", "--dynamic", "--version-info", path];
  const said = execFileSync("readelf", words, { encoding: "utf8", env: { ...process.env, LC_ALL: "C" } });
  const machine = /^ *Machine: +(.+)$/m.exec(said)?.[1] ?? "";
  const libraries = [...said.matchAll(/\(NEEDED\).*\[(.+)\]/g)].map(([, name = ""]) => name);
  const versions = [...said.matchAll(/^ +0x[0-9a-f]+: +Name: (\S+) +Flags:/gm)].map(([, name = ""]) => name);
  if (machine === "" || libraries.length === 0) throw new Error(`${path} is not a dynamically linked program`);
  return { machine, libraries, versions: [...new Set(versions)] };
}

/**
 * Returns the newest version of one family.
 * @param family such as `GLIBC`
 * @returns such as `2.28`; undefined if the program needs no version of the family
 */
export function newest({ versions }: Elf, family: string): string | undefined {
  const numbers = versions.filter((name) => name.startsWith(`${family}_`)).map((name) => name.slice(family.length + 1));
  return numbers.sort(byNumber).at(-1);
}

/** Compares versions by their numbers: 2.9 is before 2.28. */
export const byNumber = (a: string, b: string): number => a.localeCompare(b, "en", { numeric: true });
