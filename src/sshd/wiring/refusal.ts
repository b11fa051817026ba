/** Why sshd was left as it is: a closed list, each with what a person needs to go on. cli/sshd/ has the words. */
import type { Setting, Source } from "../inspect/config-walk.ts";
import type { Unknown } from "../inspect/effective.ts";
import type { Difference } from "./comparison.ts";

/** Flags that may go further, each with what it would meet: the refusal, or undefined where it would be done. */
export type Ways = Readonly<Record<"chain" | "replace" | "editMain", Refusal | undefined>>;

export type Refusal =
  /** sshd is not there, or does not accept what it has now, or cannot be asked. */
  | { readonly why: "not-asked"; readonly unknown: Unknown }
  | { readonly why: "no-account"; readonly user: string }
  | { readonly why: "no-group"; readonly group: string }
  /** sshd would not run our program. */
  | { readonly why: "unsafe-program"; readonly path: string; readonly flaw: string }
  /** Somebody else's command is in force, or `none` by somebody's decision, and no flag says what is to become of it. */
  | {
      readonly why: "foreign";
      readonly command: string | undefined;
      readonly user: string | undefined;
      readonly source: Source | undefined;
      /** Only AWS's was to be replaced, and it is not. */
      readonly onlyAws: boolean;
      readonly ways?: Ways;
    }
  /** Somebody has named our command in a Match block, for some users only. */
  | { readonly why: "for-some"; readonly lines: readonly Setting[] }
  /** A Match block has another value: for everybody, or for `user`. */
  | {
      readonly why: "match";
      readonly user: string | undefined;
      readonly command: string | undefined;
      readonly commandUser: string | undefined;
      readonly source: Source | undefined;
      readonly ours: { readonly command: string; readonly user: string };
    }
  /** Somebody sets AuthorizedKeysCommandUser before us, and no command. */
  | { readonly why: "other-user"; readonly user: string; readonly source: Source | undefined; readonly ways?: Ways }
  /** sshd's command line sets it, where it is not ours to change. */
  | { readonly why: "command-line"; readonly place: string; readonly value: string }
  /** No file that is read first includes our drop-in. */
  | { readonly why: "no-include"; readonly main: string; readonly ways?: Ways }
  | { readonly why: "nothing-to-chain"; readonly ways?: Ways }
  | { readonly why: "chain-as-root"; readonly command: string; readonly ways?: Ways }
  | { readonly why: "chain-token"; readonly tokens: readonly string[]; readonly command: string }
  | { readonly why: "chain-words"; readonly command: string }
  | { readonly why: "chain-program"; readonly program: string; readonly flaw: string }
  /** A file of ours that somebody has changed, or that is none. */
  | { readonly why: "edited"; readonly path: string }
  | {
      readonly why: "not-a-file";
      readonly path: string;
      readonly what: string;
      /** What is to stand where the path leads. */
      readonly ours?: { readonly command: string; readonly user: string };
    }
  | { readonly why: "open-block"; readonly main: string }
  | { readonly why: "not-written"; readonly path: string; readonly code: string }
  | { readonly why: "group"; readonly user: string; readonly said: string }
  /** sshd does not show our command and user with the change in place. */
  | {
      readonly why: "not-in-force";
      readonly user: string | undefined;
      readonly command: string | undefined;
      readonly commandUser: string | undefined;
      readonly source: Source | undefined;
    }
  /** The change would have changed a line of `sshd -T` that it was not to. */
  | { readonly why: "unmeant"; readonly difference: Difference; readonly by: "enable" | "disable" }
  /** sshd did not survive being told, or was deaf on a port; all was put back, and it runs and listens again. */
  | { readonly why: "not-survived"; readonly said: string }
  /** The same, but it does not run or listen again. */
  | { readonly why: "ended"; readonly said: string; readonly command: string }
  /** sshd does not accept its configuration with the change in place. */
  | { readonly why: "not-accepted"; readonly unknown: Unknown }
  | { readonly why: "interrupted" }
  | { readonly why: "busy" };
