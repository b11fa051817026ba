/**
 * Reasons why sshd was left unchanged: a closed list, with the facts that an administrator needs. cli/sshd/ has the texts.
 */
import type { Setting, Source } from "../inspect/config-walk.ts";
import type { Unknown } from "../inspect/effective.ts";
import type { Difference } from "./comparison.ts";

/** Flags that may go further, each with its result: the refusal, or undefined if it would succeed. */
export type Ways = Readonly<Record<"chain" | "replace" | "editMain", Refusal | undefined>>;

export type Refusal =
  /** sshd is missing, does not accept its present configuration, or cannot be asked. */
  | { readonly why: "not-asked"; readonly unknown: Unknown }
  | { readonly why: "no-account"; readonly user: string }
  | { readonly why: "no-group"; readonly group: string }
  /** sshd would not run our program. */
  | { readonly why: "unsafe-program"; readonly path: string; readonly flaw: string }
  /** Another command is in force, or an explicit `none`, and no flag says what happens to it. */
  | {
      readonly why: "foreign";
      readonly command: string | undefined;
      readonly user: string | undefined;
      readonly source: Source | undefined;
      /** Only AWS's command was to be replaced, and this is another one. */
      readonly onlyAws: boolean;
      readonly ways?: Ways;
    }
  /** A Match block names our command, for some users only. */
  | { readonly why: "for-some"; readonly lines: readonly Setting[] }
  /** A Match block has another value: for all users, or for `user`. */
  | {
      readonly why: "match";
      readonly user: string | undefined;
      readonly command: string | undefined;
      readonly commandUser: string | undefined;
      readonly source: Source | undefined;
      readonly ours: { readonly command: string; readonly user: string };
    }
  /** An earlier line sets AuthorizedKeysCommandUser, without a command. */
  | { readonly why: "other-user"; readonly user: string; readonly source: Source | undefined; readonly ways?: Ways }
  /** sshd's command line sets it, and this program may not change it. */
  | { readonly why: "command-line"; readonly place: string; readonly value: string }
  /** No file that is read first includes our drop-in. */
  | { readonly why: "no-include"; readonly main: string; readonly ways?: Ways }
  | { readonly why: "chain-as-root"; readonly command: string; readonly ways?: Ways }
  | { readonly why: "chain-token"; readonly tokens: readonly string[]; readonly command: string }
  | { readonly why: "chain-quote"; readonly command: string }
  /** The command in force is a trial that an administrator wrote. */
  | { readonly why: "trial-by-hand"; readonly command: string }
  /** A trial needs another command, which decides, and none is in force. */
  | { readonly why: "trial-alone" }
  | { readonly why: "chain-program"; readonly program: string; readonly flaw: string }
  /** A file at one of our paths that was changed, or that this program did not write. */
  | { readonly why: "edited"; readonly path: string }
  | {
      readonly why: "not-a-file";
      readonly path: string;
      readonly what: string;
      /** The settings that the file at the end of the path must contain. */
      readonly ours?: { readonly command: string; readonly user: string };
    }
  | { readonly why: "open-block"; readonly main: string }
  | { readonly why: "not-written"; readonly path: string; readonly code: string }
  | { readonly why: "group"; readonly user: string; readonly said: string }
  /** sshd does not report our command and user with the change in place. */
  | {
      readonly why: "not-in-force";
      readonly user: string | undefined;
      readonly command: string | undefined;
      readonly commandUser: string | undefined;
      readonly source: Source | undefined;
    }
  /** The change would also have changed a line of `sshd -T` that it must not change. */
  | { readonly why: "side-effect"; readonly difference: Difference; readonly by: "enable" | "disable" }
  /** sshd did not survive the reload, or lost a port; everything was undone, and it runs and listens again. */
  | { readonly why: "not-survived"; readonly said: string }
  /** The same, but sshd does not run or listen again. */
  | { readonly why: "ended"; readonly said: string; readonly command: string }
  /** sshd does not accept its configuration with the change in place. */
  | { readonly why: "not-accepted"; readonly unknown: Unknown }
  | { readonly why: "interrupted" }
  | { readonly why: "busy" };
