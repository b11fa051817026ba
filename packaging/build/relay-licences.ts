/**
 * Lists the libraries that the linker has put into the relay, and their licences. They are read from the linker's map, so
 * that no library is linked without being listed. The relay is static, so the packages ship these libraries, like Node.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { relayFor } from "./build-spec.ts";
import type { Cpu } from "./processors.ts";

/** A library of which at least one object is in the relay. */
export interface Linked {
  readonly name: string;
  /** Upstream's version, such as `2.36`. */
  readonly version: string;
  /** The distribution's build, as it identifies itself: `Debian GLIBC 2.36-9+deb12u14`. */
  readonly build: string;
  /** SPDX expression of the linked code. */
  readonly licence: string;
  /** Archives and objects from which it was linked. */
  readonly files: readonly string[];
  readonly author: string;
  /** Licence and notice files of that build, complete. */
  readonly texts: readonly { readonly file: string; readonly text: string }[];
}

interface Library {
  readonly name: string;
  readonly files: RegExp;
  readonly licence: string;
  readonly author: string;
  readonly told: (compiler: string) => { readonly version: string; readonly build: string };
  /** Paths of each text, of which the first that exists is used: Debian's path (`cross` included), then Fedora's. */
  readonly texts: readonly (readonly string[])[];
}

/** Returns Debian's path. The names of Debian's packages for another processor end with that processor's name. */
const beside = (folder: string) => [`/usr/share/doc/${folder}/copyright`];

/** @param cross `-arm64-cross` if the compiler is for another processor, else empty */
const libraries = (cross: string, gcc: string): readonly Library[] => [
  {
    name: "glibc",
    files: /^(libc\.a|r?crt1\.o|crt[in]\.o)$/,
    // Some of the objects are from 4.4BSD (stdio's buffers).
    licence: "LGPL-2.1-or-later AND BSD-3-Clause",
    author: "Free Software Foundation, Inc. and others, as the text says",
    told: glibcTold,
    texts: [
      [...beside(`libc6-dev${cross}`), "/usr/share/licenses/glibc/LICENSES"],
      ["/usr/share/common-licenses/LGPL-2.1", "/usr/share/licenses/glibc/COPYING.LIB"],
    ],
  },
  {
    name: "libgcc",
    files: /^(libgcc(_eh)?\.a|crt(begin|end)S\.o)$/,
    licence: "GPL-3.0-or-later WITH GCC-exception-3.1",
    author: "Free Software Foundation, Inc. and others, as the text says",
    told: gccTold,
    texts: [[...beside(`libgcc-${gcc}-dev${cross}`), "/usr/share/licenses/libgcc/COPYING.RUNTIME"]],
  },
];

/** Reads the list that `npm run build:relay` wrote to the folder of the relay for that processor. */
export const linkedFor = (cpu: Cpu): Linked[] =>
  JSON.parse(readFileSync(`${relayFor(cpu)}.linked.json`, "utf8")) as Linked[];

/**
 * @param map path of the linker's map
 * @param compiler that has linked the relay
 * @param cross suffix of Debian's packages for it, `-arm64-cross`; empty if it compiles for this machine
 * @throws Error if a file is linked that is not in the list above, or if a licence is missing
 */
export function linkedInto(map: string, compiler: string, cross: string): Linked[] {
  const files = filesIn(readFileSync(map, "utf8"));
  const known = libraries(cross, told(compiler, "-dumpversion").split(".")[0] ?? "");
  const strange = files.filter((file) => !known.some((library) => library.files.test(file)));
  if (strange.length > 0) throw new Error(`${map}: linked, and their licence is not known: ${strange.join(", ")}`);
  return known.flatMap((library) => {
    const its = files.filter((file) => library.files.test(file));
    return its.length === 0 ? [] : [describe(library, its, compiler)];
  });
}

/** Returns the archives of linked members, and separate objects, except the relay's object, which the compiler named. */
export function filesIn(map: string): string[] {
  const archives = [...map.matchAll(/^(\/\S*\.a)\(\S+\)/gm)].map(([, path = ""]) => path);
  const objects = [...map.matchAll(/^LOAD (\S+\.o)$/gm)].map(([, path = ""]) => path);
  const others = objects.filter((path) => !/\/cc\w+\.o$/.test(path));
  if (objects.length !== others.length + 1)
    throw new Error("a map of something else than one C file, compiled and linked");
  return [...new Set([...archives, ...others].map((path) => basename(path)))].sort();
}

function describe({ name, licence, author, told: tell, texts }: Library, files: string[], compiler: string): Linked {
  const found = texts.map((places) => {
    const file = places.find((place) => existsSync(place));
    if (file === undefined) throw new Error(`${name} must not be shipped without its licence: no ${places.join(", ")}`);
    return { file: basename(file), text: readFileSync(file, "utf8") };
  });
  return { name, ...tell(compiler), licence, author, files, texts: found };
}

const told = (compiler: string, ...words: string[]): string =>
  execFileSync(compiler, words, { encoding: "utf8", env: { PATH: process.env.PATH ?? "", LC_ALL: "C" } }).trim();

/** Reads version and build from the archive, in the line that the shared libc prints when it is executed. */
function glibcTold(compiler: string): { version: string; build: string } {
  const archive = told(compiler, "-print-file-name=libc.a");
  const said = /GNU C Library \(([^)]+)\) \w+ release version ([\d.]*\d)/.exec(readFileSync(archive, "latin1"));
  const [, build, version] = said ?? [];
  if (build === undefined || version === undefined) throw new Error(`${archive} does not say which glibc it is of`);
  return { version, build };
}

/** Returns version and build of libgcc, which is a part of the compiler and has its version. */
function gccTold(compiler: string): { version: string; build: string } {
  const build = /\((.+)\)/.exec(told(compiler, "--version").split("\n")[0] ?? "")?.[1];
  if (build === undefined) throw new Error(`${compiler} does not say whose build it is`);
  return { version: told(compiler, "-dumpfullversion"), build };
}
