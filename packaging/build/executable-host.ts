/** Programs of this machine that strip and run an executable for either processor. */
import { existsSync } from "node:fs";
import { thisCpu } from "./pinned-node.ts";
import type { Cpu } from "./processors.ts";

export interface Host {
  readonly strip: string;
  /** Command prefix that runs a program for that processor; empty for this machine's processor. */
  readonly runner: readonly string[];
  /** Reason why such a program cannot be run here, and so no snapshot can be made; undefined if it can. */
  readonly cannotRun: string | undefined;
}

/** GNU's names, which Debian's cross tools and QEMU use. */
const GNU = { x64: "x86_64", arm64: "aarch64" } as const;
const LOADER = { x64: "ld-linux-x86-64.so.2", arm64: "ld-linux-aarch64.so.1" } as const;

export function hostOf(cpu: Cpu): Host {
  if (cpu === thisCpu()) return { strip: "strip", runner: [], cannotRun: undefined };
  const gnu = GNU[cpu];
  const qemu = `/usr/bin/qemu-${gnu}-static`;
  const root = `/usr/${gnu}-linux-gnu`;
  const needed = [qemu, `${root}/lib/${LOADER[cpu]}`, `${root}/lib/libstdc++.so.6`];
  const missing = needed.filter((path) => !existsSync(path));
  return {
    strip: `${gnu}-linux-gnu-strip`,
    runner: [qemu, "-L", root],
    cannotRun: missing.length === 0 ? undefined : `${missing.join(" and ")} missing`,
  };
}
