/**
 * A cause that keeps a user out, or ends the session, although sshd was given the right key. Each is created on a host in a
 * namespace. `real` is the behaviour of the real sshd: it was observed before it was written down, and the test verifies it.
 */
import { rmSync } from "node:fs";
import type { Namespace } from "../../support/namespace.ts";
import type { KeyPair } from "../../support/sshd-keys.ts";

export interface LetIn {
  readonly title: string;
  /** Lines of sshd_config, before all others: the first value wins. */
  readonly settings?: readonly string[];
  /** Lines after all others: Match blocks. */
  readonly match?: readonly string[];
  /** Default: alice. */
  readonly user?: string;
  readonly key?: "ed25519" | "rsa";
  readonly prepare?: (namespace: Namespace, key: KeyPair) => unknown;
  readonly mend?: (namespace: Namespace) => void;
  /** `ended`: sshd accepted the key, but nothing could be run. */
  readonly real: "accepted" | "refused" | "ended";
  /** explain's outcome: `accepts` for both `accepted` and `ended`. */
  readonly outcome: "accepts" | "refuses" | "not-known";
  /** The rule that explain reports for it. */
  readonly rule?: string;
  /** The check of `doctor --user` about it, with its status and its text. */
  readonly check: string;
  readonly status: "ok" | "warning" | "failed" | "not-applicable";
  readonly message?: RegExp;
}

/** Today, in days since 1970 as in /etc/shadow. */
export const DAY = Math.floor(Date.now() / 86_400_000);

/** Writes alice's line in /etc/shadow. */
export const shadow =
  (fields: string) =>
  (namespace: Namespace): void =>
    namespace.write("/etc/shadow", `root:*:19000:0:99999:7:::\nalice:${fields}\n`, 0o600);

/** Writes /etc/passwd, with this shell for alice. */
export const passwd =
  (shell: string) =>
  (namespace: Namespace): void =>
    namespace.write(
      "/etc/passwd",
      `root:x:0:0::/root:/bin/sh\nsshd:x:2998:2998::/:/usr/sbin/nologin\neic-agent:x:2999:2999::/:/usr/sbin/nologin\nalice:x:2001:2001::/home/alice:${shell}\n`,
    );

/** Writes a file of the host. */
export const file =
  (path: string, text = "", mode = 0o644) =>
  (namespace: Namespace): void =>
    namespace.write(path, text, mode);

/** Removes a file of the host. */
export const without = (path: string) => (namespace: Namespace) =>
  rmSync(namespace.outside(path), { force: true, recursive: true });

/** The login succeeds. */
export const good = { real: "accepted", outcome: "accepts", status: "ok" } as const;
/** sshd refuses the login. */
export const kept = { real: "refused", outcome: "refuses", status: "failed" } as const;
/** The check of the account, which PAM takes part in. */
export const account = { check: "account" } as const;
