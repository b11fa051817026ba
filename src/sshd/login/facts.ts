/** What is read of sshd, of the account and of PAM before a login is judged: plain data. look/ fills it in. */
import type { Values } from "../inspect/effective.ts";
import type { Client } from "./names.ts";
import type { PamFacts } from "./pam.ts";

/** `closed`: it is there, and not for this process to read. */
export type Readable<T> = { readonly kind: "read"; readonly value: T } | { readonly kind: "closed" | "none" };

export interface PasswdEntry {
  readonly name: string;
  /** What stands in place of the password: `x` where shadow has it. */
  readonly password: string;
  readonly uid: number;
  readonly home: string;
  /** Empty means /bin/sh. */
  readonly shell: string;
}

/** Days since 1970, as shadow(5) has them; undefined where the field is empty. */
export interface ShadowEntry {
  readonly password: string;
  readonly lastChange: number | undefined;
  readonly maximum: number | undefined;
  readonly inactive: number | undefined;
  readonly expires: number | undefined;
}

/** As sshd looks at a shell: stat(2), and any of the three bits for execution. */
export type ShellState = "executable" | "not-executable" | "missing" | "closed";

export interface LoginFacts {
  readonly user: string;
  /** Undefined: from anywhere. */
  readonly client: Client | undefined;
  /** `sshd -T` for this user; or why it could not be asked. */
  readonly sshd:
    | { readonly kind: "known"; readonly values: Values }
    | { readonly kind: "unknown"; readonly message: string; readonly needsRoot: boolean };
  /** `OpenSSH_9.2p1`; undefined where it is not told. */
  readonly version: string | undefined;
  /** The line that set a keyword, for people; undefined where none did. */
  readonly placeOf: (keyword: string) => string | undefined;
  /** `none`: there is no such user. Undefined: the name service cannot be asked. */
  readonly account: Readable<PasswdEntry> | undefined;
  /** Names of all groups, the account's own one among them; undefined where they are not known. */
  readonly groups: readonly string[] | undefined;
  readonly shadow: Readable<ShadowEntry>;
  readonly shell: ShellState;
  /** Whether the home directory is one; undefined where that cannot be seen. */
  readonly hasHome: boolean | undefined;
  /** Of ChrootDirectory's path with its tokens expanded: why sshd does not go there; undefined where it does. */
  readonly chrootFlaw: string | undefined;
  /** Files that close this host for everybody but root. */
  readonly nologin: readonly string[];
  /** RevokedKeys, by the file of that setting. */
  readonly revocation: Revocation;
  readonly pam: PamFacts;
  /** Days since 1970. */
  readonly today: number;
}

export type Revocation =
  | { readonly kind: "none" }
  /** sshd then refuses every key. */
  | { readonly kind: "broken"; readonly path: string; readonly why: string }
  | { readonly kind: "closed"; readonly path: string }
  | { readonly kind: "read"; readonly path: string; readonly content: Buffer };

/** The first value of a keyword, as sshd says it; undefined where this sshd does not know it, or it was not asked. */
export function valueIn({ sshd }: Pick<LoginFacts, "sshd">, keyword: string): string | undefined {
  return sshd.kind === "known" ? sshd.values.get(keyword)?.[0] : undefined;
}

/** Whether sshd has PAM judge the account; it says so of every build that can. */
export const usesPam = (facts: LoginFacts): boolean => valueIn(facts, "usepam") === "yes";

/** `, by FILE:LINE`. */
export function by({ placeOf }: LoginFacts, keyword: string): string {
  const place = placeOf(keyword);
  return place === undefined ? "" : `, by ${place}`;
}
