/** The program's dependencies on the system's libraries, for Debian's Depends and for a spec file. */
import { byNumber, type Elf, newest } from "./elf.ts";

/** glibc of EL 8, the oldest supported system. A program that needs a newer glibc must not be packed by accident. */
export const OLDEST_GLIBC = "2.28";

/** Debian's packages that contain a library. */
const PACKAGES: readonly (readonly [soname: RegExp, name: string])[] = [
  [/^(libc\.so\.6|libm\.so\.6|libdl\.so\.2|libpthread\.so\.0|librt\.so\.1|ld-linux.*)$/, "libc6"],
  [/^libstdc\+\+\.so\.6$/, "libstdc++6"],
  [/^libgcc_s\.so\.1$/, "libgcc-s1"],
];

/**
 * The GCC version that introduced a symbol version, which is also the version of Debian's libstdc++6.
 * https://gcc.gnu.org/onlinedocs/libstdc++/manual/abi.html
 */
const GCC: Readonly<Record<string, string>> = {
  "GLIBCXX_3.4.20": "4.9",
  "GLIBCXX_3.4.21": "5.1",
  "GLIBCXX_3.4.22": "6.1",
  "GLIBCXX_3.4.23": "7.1",
  "GLIBCXX_3.4.24": "7.2",
  "GLIBCXX_3.4.25": "8.1",
  "GLIBCXX_3.4.26": "9.1",
  "GLIBCXX_3.4.27": "9.2",
  "GLIBCXX_3.4.28": "9.3",
  "GLIBCXX_3.4.29": "11.1",
  "GLIBCXX_3.4.30": "12.1",
  "CXXABI_1.3.8": "4.9",
  "CXXABI_1.3.9": "5.1",
  "CXXABI_1.3.10": "6.1",
  "CXXABI_1.3.11": "7.1",
  "CXXABI_1.3.12": "9.1",
  "CXXABI_1.3.13": "11.1",
};

/** @throws Error if the program needs a newer glibc than the oldest system has */
export function glibc(elf: Elf): string {
  const needed = newest(elf, "GLIBC");
  if (needed === undefined) throw new Error("the program needs no version of glibc: that cannot be");
  if (byNumber(needed, OLDEST_GLIBC) > 0) throw new Error(`it needs glibc ${needed}, and EL 8 has ${OLDEST_GLIBC}`);
  return needed;
}

/** @throws Error if no known package contains a library */
export function debianLibraries(elf: Elf): string[] {
  const names = elf.libraries.map((library) => {
    const name = PACKAGES.find(([soname]) => soname.test(library))?.[1];
    if (name === undefined) throw new Error(`no known Debian package has ${library}`);
    return name;
  });
  const versions: Readonly<Record<string, string | undefined>> = {
    libc6: glibc(elf),
    "libgcc-s1": newest(elf, "GCC"),
    "libstdc++6": libstdcxx(elf),
  };
  return [...new Set(names)].sort().map((name) => {
    const version = versions[name];
    return version === undefined ? name : `${name} (>= ${version})`;
  });
}

function libstdcxx(elf: Elf): string | undefined {
  const families = elf.versions.filter((name) => /^(GLIBCXX|CXXABI)_/.test(name));
  const newestTwo = ["GLIBCXX", "CXXABI"].flatMap((family) => {
    const version = newest(elf, family);
    return version === undefined ? [] : [`${family}_${version}`];
  });
  if (families.length === 0) return undefined;
  // A version older than those in the table is in libstdc++6 of every system that has the required glibc.
  return newestTwo
    .map((name) => GCC[name] ?? older(name))
    .sort(byNumber)
    .at(-1);
}

function older(name: string): string {
  const family = name.slice(0, name.indexOf("_") + 1);
  const known = Object.keys(GCC)
    .filter((one) => one.startsWith(family))
    .sort(byNumber);
  const [oldest = ""] = known;
  if (byNumber(name, oldest) >= 0) throw new Error(`no known GCC brought ${name}: add it to the table`);
  return "4.8";
}
