/** A way in which a host can be broken, and the doctor's expected results. */
import type { Host } from "./healthy-host.ts";

/** Expected result of a check: its status, the Fault that a login ends with, and the text that its line contains. */
export interface Expected {
  readonly status: "ok" | "warning" | "failed" | "not-applicable";
  readonly names?: RegExp;
  /** Text that its hint must contain, if that matters. */
  readonly hint?: RegExp;
  readonly code?: string;
}

export interface Broken {
  readonly title: string;
  readonly words?: readonly string[];
  readonly break: (host: Host) => unknown;
  /** Undoes the changes that rewriting the files does not undo. */
  readonly mend?: (host: Host) => unknown;
  /** Checks whose results differ from those on the healthy host. */
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
