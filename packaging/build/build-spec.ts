/** Parameters for building one package. */
import type { Cpu } from "./processors.ts";

export interface Order {
  /** As in package.json. */
  readonly version: string;
  readonly cpu: Cpu;
  /** release: small. quick: fast to build, for trials. */
  readonly compression: "release" | "quick";
  /** Timestamp of everything in the package; seconds since 1970. */
  readonly time: number;
  /** Folder for this processor's intermediate files; the build may empty it. */
  readonly folder: string;
  /** Destination folder of the packages. */
  readonly to: string;
}

/** Returns the path of the executable that `npm run build:binary` makes. */
export const programFor = (cpu: Cpu): string => `dist/executable/${cpu}/eic-agent`;

/** Returns the path of the relay that `npm run build:relay` makes. */
export const relayFor = (cpu: Cpu): string => `dist/relay/${cpu}/authorized-keys`;

/** Returns the path of the program that sshd runs during a trial; `npm run build:relay` makes it, too. */
export const trialFor = (cpu: Cpu): string => `dist/relay/${cpu}/trial`;
