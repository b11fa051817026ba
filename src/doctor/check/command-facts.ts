/** Facts about the command that sshd runs, its files and its user: plain data from the probes. */
import type { AccountLook } from "../../sshd/inspect/accounts.ts";
import type { KeyCommand } from "../../sshd/inspect/command-owner.ts";
import type { PathLookup } from "../../sshd/inspect/safe-path.ts";
import type { Result } from "../finding.ts";
import type { SshdFacts } from "./sshd.ts";

export interface CommandFacts {
  readonly sshd: SshdFacts;
  /** Undefined if neither sshd nor its files could be read. */
  readonly inForce:
    | {
        readonly by: "sshd" | "files" | "match";
        readonly command: string | undefined;
        readonly user: string | undefined;
      }
    | undefined;
  readonly agent: KeyCommand | undefined;
  /** The program, and the files among its arguments. */
  readonly looks: readonly { readonly path: string; readonly look: PathLookup }[];
  /** Groups that own one of these files or folders and whose only member is root. */
  readonly rootsGroups: ReadonlySet<number>;
  readonly account: AccountLook;
  readonly chained: Result<string> | undefined;
}
