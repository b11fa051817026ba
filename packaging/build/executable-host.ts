/** How this machine works on an executable for either processor: its strip, and what runs such a program. */
import { existsSync } from "node:fs";
import { thisCpu } from "./pinned-node.ts";
import type { Cpu } from "./processors.ts";

export interface Host {
  readonly strip: string;
  /** Words before a program of that processor; none for this machine's own. */
  readonly runner: readonly string[];
  /** Why such a program cannot be run here, and so no snapshot be made; undefined where it can. */
  readonly cannotRun: string | undefined;
}

/** GNU's name, which Debian's cross tools and QEMU go by. */
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
