/** What is asked for when one package is made. */
import type { Cpu } from "./processors.ts";

export interface Order {
  /** As in package.json. */
  readonly version: string;
  readonly cpu: Cpu;
  /** release: small. quick: for trying out. */
  readonly compression: "release" | "quick";
  /** That everything in it carries; seconds since 1970. */
  readonly time: number;
  /** For this processor's intermediate files; ours to empty. */
  readonly folder: string;
  /** Where the packages go. */
  readonly to: string;
}

/** The executable that `npm run build:binary` makes. */
export const programFor = (cpu: Cpu): string => `dist/executable/${cpu}/eic-agent`;

/** The relay that `npm run build:relay` makes. */
export const relayFor = (cpu: Cpu): string => `dist/relay/${cpu}/authorized-keys`;
