/** Results of `enable` and `disable`. cli/sshd/ has the texts. */

import type { Setting } from "../inspect/config-walk.ts";
import type { Unknown } from "../inspect/effective.ts";
import type { Change } from "../inspect/file-changes.ts";
import type { ServiceState } from "../inspect/service-state.ts";
import type { Listening } from "../inspect/unwired.ts";
import type { SessionReport } from "../inspect/user-environment.ts";
import type { ManagedSettings } from "./managed-files.ts";
import type { Refusal } from "./refusal.ts";
import type { ReloadResult } from "./reload.ts";
import type { InForce, SshdView } from "./verify.ts";

export interface RunOptions {
  readonly dryRun: boolean;
  /** False with --no-reload. */
  readonly reload: boolean;
  readonly interrupted: () => boolean;
}

/** Paths that could not be restored, with the system's error code. */
export type NotRestored = readonly { readonly path: string; readonly code: string }[];

export type Outcome =
  | {
      readonly kind: "enabled";
      /** Empty if our command was in force before. */
      readonly changes: readonly Change[];
      readonly ours: Pick<ManagedSettings, "command" | "user">;
      readonly answer: SshdView;
      readonly effect: ReloadResult;
      readonly behind: ServiceState;
      /** The listening sshd processes that do not run our command but should. */
      readonly deaf: readonly Listening[];
      /** The variables of a session; undefined if the setting is off. */
      readonly session: SessionReport | undefined;
    }
  | {
      readonly kind: "disabled";
      readonly changes: readonly Change[];
      /** The settings in force for all users now; undefined if sshd cannot be asked. */
      readonly now: InForce | undefined;
      /** Files that keep lines that this program did not write. */
      readonly edited: readonly string[];
      readonly leftovers: readonly { readonly path: string; readonly why: string }[];
      /** Lines that this program did not write and that still name our command. */
      readonly named: readonly Setting[];
      /** Undefined if sshd was not reloaded: nothing was changed, or it would not start with its configuration. */
      readonly effect: ReloadResult | undefined;
      readonly unknown: Unknown | undefined;
    }
  /** `tried`: whether sshd was shown its files as they would be. */
  | {
      readonly kind: "would";
      readonly changes: readonly Change[];
      readonly commands: readonly string[];
      readonly tried: boolean;
      /** Lines that this program did not write and that would still name our command. */
      readonly named?: readonly Setting[];
      readonly session?: SessionReport | undefined;
    }
  | { readonly kind: "refused"; readonly refusal: Refusal; readonly left: NotRestored };

export const refused = (refusal: Refusal, left: NotRestored = []): Outcome => ({ kind: "refused", refusal, left });
