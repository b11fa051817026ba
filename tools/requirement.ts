/** The form of one row of the requirements (requirements.ts): which scripts have it, and what it consists of. */
import type { PartName } from "./parts.ts";
import { isRoot, namespacesRefused } from "./system.ts";

/**
 * test: `npm test`; executable: `npm run build:binary`; test:vm:arm64: `npm run test:vm -- --arch arm64`; the others are npm
 * scripts of these names.
 */
export type Work =
  | "test"
  | "executable"
  | "package"
  | "test:sshd"
  | "test:packages"
  | "test:install"
  | "test:service"
  | "test:fleet"
  | "test:vm"
  | "test:vm:arm64"
  | "test:fuzz"
  | "test:newcomer"
  | "bench"
  | "release";

/** The scripts that build packages, or install them. */
export const PACKAGED: readonly Work[] = [
  ...(["package", "test:packages", "test:install", "test:service", "test:fleet", "test:vm", "release"] as const),
  "test:vm:arm64",
];

export interface Row {
  /** Description, for a person, of what is not run without it. */
  readonly about: string;
  readonly parts: readonly PartName[];
  /** The scripts that need it; by default, only `npm test`. */
  readonly work?: readonly Work[];
  /** Checks requirements that cannot be installed, such as root; returns the reason for a refusal, or undefined. */
  readonly allowed?: () => string | undefined;
}

/** Requires root and private namespaces. If only root is missing, the reason names the command to run. */
export function asRoot(script = "npm test"): () => string | undefined {
  return () => (isRoot() ? namespacesRefused() : `needs root, as in: sudo ${script}`);
}
