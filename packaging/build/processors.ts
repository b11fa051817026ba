/** The processors that packages are made for, with the names that Node, Debian, rpm and readelf use. */

export const PROCESSORS = {
  x64: { deb: "amd64", rpm: "x86_64", elf: "Advanced Micro Devices X86-64" },
  arm64: { deb: "arm64", rpm: "aarch64", elf: "AArch64" },
} as const;

export type Cpu = keyof typeof PROCESSORS;

export const CPUS = Object.keys(PROCESSORS) as Cpu[];

export const isCpu = (word: string): word is Cpu => Object.hasOwn(PROCESSORS, word);
