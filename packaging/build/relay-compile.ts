/** Compiles the relay, for this processor and for the other processor. */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";

export const RELAY_SOURCE = "src/relay/authorized-keys.c";
/** The program that sshd runs during a trial. */
export const TRIAL_SOURCE = "src/relay/trial.c";

/** Processors, by Node's names. */
export const CPUS = ["x64", "arm64"] as const;
export type Cpu = (typeof CPUS)[number];

/** GNU's name of the processor, and the flag that protects returns and jumps from being redirected. */
const PROCESSOR: Record<Cpu, { readonly gnu: string; readonly branches: string }> = {
  x64: { gnu: "x86_64", branches: "-fcf-protection" },
  arm64: { gnu: "aarch64", branches: "-mbranch-protection=standard" },
};

/** Every warning is an error. */
export const LANGUAGE = ["-std=c17", "-Wall", "-Wextra", "-Wconversion", "-Werror"] as const;

/**
 * Static, because a dynamic program would need the C library of the build machine, and EL8 has an older version.
 * Position-independent nevertheless, with all relocations done and made read-only before main.
 */
const HARDENING = [
  "-O2",
  "-D_FORTIFY_SOURCE=3",
  "-fstack-protector-strong",
  "-fstack-clash-protection",
  "-static-pie",
  "-Wl,-z,relro,-z,now,-z,noexecstack",
] as const;

/** The same sources give the same bytes in any folder: no paths, and no symbols that only a debugger needs. */
const REPRODUCIBLE = ["-ffile-prefix-map=.=", "-Wl,--build-id=sha1", "-s"] as const;

/** Returns GNU's name, which is part of the names of compilers, libraries and emulators. */
export const gnuName = (cpu: Cpu): string => PROCESSOR[cpu].gnu;

/** Returns the C compiler for `cpu`: the system's compiler if `cpu` is this machine's processor. */
export const compilerFor = (cpu: Cpu): string => (cpu === process.arch ? "gcc" : `${gnuName(cpu)}-linux-gnu-gcc`);

/**
 * Compiles the relay, or the program of a trial, as it ships.
 * @param out path of the program; its folder is created. The linker's map is written to the same path with `.map` appended
 * @throws Error if the compiler fails; it has printed the reason
 */
export function compileRelay(cpu: Cpu, out: string, source = RELAY_SOURCE): void {
  const words = [...LANGUAGE, ...HARDENING, PROCESSOR[cpu].branches, ...REPRODUCIBLE, `-Wl,-Map=${out}.map`];
  compile(compilerFor(cpu), [...words, source], out);
}

/** Runs a compiler. An old program is removed first, so that it cannot be mistaken for the new program after a failure. */
export function compile(compiler: string, words: readonly string[], out: string): void {
  rmSync(out, { force: true });
  mkdirSync(dirname(out), { recursive: true });
  // Only these variables: gcc does not read CFLAGS, but it reads CPATH, LIBRARY_PATH and GCC_EXEC_PREFIX.
  const env = { PATH: process.env.PATH ?? "/usr/bin:/bin", LC_ALL: "C" };
  execFileSync(compiler, [...words, "-o", out], { env, stdio: ["ignore", "inherit", "inherit"] });
}
