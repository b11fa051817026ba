/** One way in which a host can be broken, and what the doctor is expected to say of it. */
import type { Host } from "./healthy-host.ts";

/** Of a check: its status, the Fault that a login ends with, and what its line names. */
export interface Expected {
  readonly status: "ok" | "warning" | "failed" | "not-applicable";
  readonly names?: RegExp;
  /** What its hint has to say, where that matters. */
  readonly hint?: RegExp;
  readonly code?: string;
}

export interface Broken {
  readonly title: string;
  readonly words?: readonly string[];
  readonly break: (host: Host) => unknown;
  /** Undoes what writing the files anew does not. */
  readonly mend?: (host: Host) => unknown;
  /** Checks that are told otherwise than on the healthy host. */
  readonly told: Readonly<Record<string, Expected>>;
}

export const ok = (names: RegExp): Expected => ({ status: "ok", names });
export const warning = (names: RegExp, hint?: RegExp): Expected => ({
  status: "warning",
  names,
  ...(hint && { hint }),
});
export const failed = (names: RegExp, code?: string): Expected => ({ status: "failed", names, ...(code && { code }) });
export const NOT_APPLICABLE: Expected = { status: "not-applicable" };
