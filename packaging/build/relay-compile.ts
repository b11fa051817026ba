/** How the relay is compiled, for this processor and for the other one. */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";

export const RELAY_SOURCE = "src/relay/authorized-keys.c";

/** By the names that Node has for them. */
export const CPUS = ["x64", "arm64"] as const;
export type Cpu = (typeof CPUS)[number];

/** GNU's name of the processor, and its way of keeping a return or a jump from being bent. */
const PROCESSOR: Record<Cpu, { readonly gnu: string; readonly branches: string }> = {
  x64: { gnu: "x86_64", branches: "-fcf-protection" },
  arm64: { gnu: "aarch64", branches: "-mbranch-protection=standard" },
};

/** Every warning is an error. */
export const LANGUAGE = ["-std=c17", "-Wall", "-Wextra", "-Wconversion", "-Werror"] as const;

/**
 * Static, because a dynamic one would need the C library of the machine that built it, and EL8 has an older one.
 * Position-independent nevertheless, with every relocation done and locked before main.
 */
const HARDENING = [
  "-O2",
  "-D_FORTIFY_SOURCE=3",
  "-fstack-protector-strong",
  "-fstack-clash-protection",
  "-static-pie",
  "-Wl,-z,relro,-z,now,-z,noexecstack",
] as const;

/** The same sources give the same bytes, wherever they lie: no path, and no symbols that only a debugger wants. */
const REPRODUCIBLE = ["-ffile-prefix-map=.=", "-Wl,--build-id=sha1", "-s"] as const;

/** GNU's name, as compilers, libraries and emulators carry it. */
export const gnuName = (cpu: Cpu): string => PROCESSOR[cpu].gnu;

/** The C compiler whose programs run on `cpu`: the system's own where that is this machine. */
export const compilerFor = (cpu: Cpu): string => (cpu === process.arch ? "gcc" : `${gnuName(cpu)}-linux-gnu-gcc`);

/**
 * Compiles the relay as it ships.
 * @param out where the program is to lie; its folder is made. Beside it comes the linker's map, with `.map` behind
 * @throws Error with what the compiler said
 */
export function compileRelay(cpu: Cpu, out: string): void {
  const words = [...LANGUAGE, ...HARDENING, PROCESSOR[cpu].branches, ...REPRODUCIBLE, `-Wl,-Map=${out}.map`];
  compile(compilerFor(cpu), [...words, RELAY_SOURCE], out);
}

/** Runs a compiler. What was there before is removed first: after a failure nothing old can be taken for the new. */
export function compile(compiler: string, words: readonly string[], out: string): void {
  rmSync(out, { force: true });
  mkdirSync(dirname(out), { recursive: true });
  // No variable but these: CFLAGS is not read by gcc, but CPATH, LIBRARY_PATH and GCC_EXEC_PREFIX are.
  const env = { PATH: process.env.PATH ?? "/usr/bin:/bin", LC_ALL: "C" };
  execFileSync(compiler, [...words, "-o", out], { env, stdio: ["ignore", "inherit", "inherit"] });
}
