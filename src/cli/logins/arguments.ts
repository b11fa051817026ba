/** Parses the words of `logins`: the time from which logins are listed, and the patterns that select them. Pure. */
import type { Login } from "../../logins/login.ts";
import { matches } from "../../verify/policy.ts";
import { UsageError } from "../errors.ts";
import { momentIn } from "../explain/arguments.ts";

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, min: 60, h: 3600, d: 86_400, w: 604_800 };

/**
 * Returns the time that `24h`, `30min`, `7d` ago or an RFC 3339 time means.
 * @throws UsageError for any other text
 */
export function sinceIn(text: string, now: Date): Date {
  const [, count, unit = ""] = /^(\d{1,6}) ?(s|min|m|h|d|w)$/.exec(text) ?? [];
  if (count !== undefined) return new Date(Math.max(0, now.getTime() - Number(count) * (SECONDS[unit] ?? 0) * 1000));
  if (!/^\d{4}-/.test(text))
    throw new UsageError(
      `--since ${text}: neither a duration, such as 24h or 7d, nor a time, such as 2026-01-31T12:00:00Z`,
    );
  return momentIn(text) ?? now;
}

export interface Selection {
  readonly user: string | undefined;
  /** A pattern as in `[policy]`: for the ARN or, without `:` and `/`, for its last part. */
  readonly caller: string | undefined;
  /** Whether only logins in session are selected. */
  readonly now: boolean;
}

export function isSelected({ user, pushes, state }: Login, selection: Selection): boolean {
  if (selection.user !== undefined && selection.user !== user) return false;
  if (selection.now && state.kind !== "in-session") return false;
  const pattern = selection.caller;
  return pattern === undefined || pushes.some(({ caller }) => caller !== undefined && isCaller(pattern, caller));
}

const isCaller = (pattern: string, arn: string): boolean =>
  matches(pattern, arn) || (!/[:/]/.test(pattern) && matches(pattern, lastPart(arn)));

/** Returns the session name of a role, or the name of a user. */
export const lastPart = (arn: string): string => arn.replace(/^.*[:/]/s, "");
