/**
 * PerSourcePenalties of OpenSSH 9.8 and later: an address with failed logins is refused for a while, before any key is asked
 * for (srclimit.c). Pure.
 */
import type { Values } from "../inspect/effective.ts";

export interface Penalties {
  /** The value of the keyword, as `sshd -T` prints it. */
  readonly value: string;
  readonly exempt: string;
  /** The penalties in words. */
  readonly message: string;
}

/** @returns undefined if this sshd has no penalties, as before OpenSSH 9.8 */
export function penaltiesOf(values: Values): Penalties | "off" | undefined {
  const value = values.get("persourcepenalties")?.[0];
  if (value === undefined) return undefined;
  if (value === "no") return "off";
  const exempt = values.get("persourcepenaltyexemptlist")?.[0] ?? "none";
  return { value, exempt, message: `${inWords(value)}; exempt: ${exempt}` };
}

/** Formats `authfail:5 … max:600 min:15`, in seconds. */
function inWords(value: string): string {
  const parts = new Map(
    value.split(/\s+/).map((part) => [part.slice(0, part.indexOf(":")), part.slice(part.indexOf(":") + 1)]),
  );
  const seconds = (name: string) => Number(parts.get(name));
  const [fail, least, most] = [seconds("authfail"), seconds("min"), seconds("max")];
  if (!(fail > 0) || Number.isNaN(least) || Number.isNaN(most)) return `PerSourcePenalties ${value}`;
  // A penalty of at most `min` seconds is only recorded.
  const logins = Math.floor(least / fail) + 1;
  return `after ${logins === 1 ? "1 failed login" : `${logins} failed logins in a row`} an address is rejected, ${fail} s for each, ${most} s at most`;
}
