/** Facts about sshd, the account and PAM, read before a login is judged: plain data. look/ fills it in. */
import type { Values } from "../inspect/effective.ts";
import type { Client } from "./names.ts";

/** `closed`: it exists, but this process may not read it. */
export type Readable<T> = { readonly kind: "read"; readonly value: T } | { readonly kind: "closed" | "none" };

export interface PasswdEntry {
  readonly name: string;
  /** The content of the password field: `x` if shadow has the password. */
  readonly password: string;
  readonly uid: number;
  readonly home: string;
  /** Empty means /bin/sh. */
  readonly shell: string;
}

/** Days since 1970, as in shadow(5); undefined if the field is empty. */
export interface ShadowEntry {
  readonly password: string;
  readonly lastChange: number | undefined;
  readonly maximum: number | undefined;
  readonly inactive: number | undefined;
  readonly expires: number | undefined;
}

/** A shell as sshd checks it: stat(2), and any of the three execute bits. */
export type ShellState = "executable" | "not-executable" | "missing" | "closed";

/** A file of pam_access. */
export interface AccessFile {
  readonly path: string;
  readonly text: string;
  /** Words of the module's line that change how the file is read, and are not known here. */
  readonly unusual: readonly string[];
}

/** A line of a PAM stack. */
export interface PamModule {
  /** Without its directory and `.so`. */
  readonly name: string;
  readonly control: string;
  readonly words: readonly string[];
  /** `FILE:LINE`. */
  readonly place: string;
}

export interface PamFacts {
  /** `closed`: this process may not read a file of the stack. `none`: sshd has no stack. */
  readonly kind: "read" | "closed" | "none";
  /** The modules of the account part, in order, including those of included files. */
  readonly modules: readonly PamModule[];
  /** Names of those modules. */
  readonly judges: ReadonlySet<string>;
  /** Files of each pam_access among them; undefined if one cannot be read. */
  readonly access: readonly AccessFile[] | undefined;
}

export interface LoginFacts {
  readonly user: string;
  /** Undefined: any client. */
  readonly client: Client | undefined;
  /** `sshd -T` for this user, or the reason why sshd could not be asked. */
  readonly sshd:
    | { readonly kind: "known"; readonly values: Values }
    | { readonly kind: "unknown"; readonly message: string; readonly needsRoot: boolean };
  /** `OpenSSH_9.2p1`; undefined if it is not known. */
  readonly version: string | undefined;
  /** Returns the line that set a keyword, for display; undefined if no line did. */
  readonly placeOf: (keyword: string) => string | undefined;
  /** `none`: the user does not exist. Undefined: the name service cannot be queried. */
  readonly account: Readable<PasswdEntry> | undefined;
  /** Names of all groups, including the account's primary group; undefined if they are not known. */
  readonly groups: readonly string[] | undefined;
  readonly shadow: Readable<ShadowEntry>;
  readonly shell: ShellState;
  /** Whether the home directory exists and is a directory; undefined if that cannot be seen. */
  readonly hasHome: boolean | undefined;
  /** Why sshd refuses ChrootDirectory's path with its tokens expanded; undefined if sshd accepts it. */
  readonly chrootFlaw: string | undefined;
  /** Files that close this host to all users but root. */
  readonly nologin: readonly string[];
  /** RevokedKeys: the state of the files that are set there. */
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
  /** Usually one file. `path` names all, for display. */
  | { readonly kind: "read"; readonly path: string; readonly contents: readonly Buffer[] };

/** Returns the first value of a keyword as sshd reports it; undefined if this sshd does not know it or was not asked. */
export function valueIn({ sshd }: Pick<LoginFacts, "sshd">, keyword: string): string | undefined {
  return sshd.kind === "known" ? sshd.values.get(keyword)?.[0] : undefined;
}

/** Checks whether sshd lets PAM judge the account. Every build with PAM reports this setting. */
export const usesPam = (facts: LoginFacts): boolean => valueIn(facts, "usepam") === "yes";

/** Returns `, by FILE:LINE`. */
export function by({ placeOf }: LoginFacts, keyword: string): string {
  const place = placeOf(keyword);
  return place === undefined ? "" : `, by ${place}`;
}
