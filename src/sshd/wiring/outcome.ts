/** What became of `enable` and `disable`. cli/sshd/ has the words. */

import type { Setting } from "../inspect/config-walk.ts";
import type { Unknown } from "../inspect/effective.ts";
import type { Change } from "../inspect/file-changes.ts";
import type { ServiceState } from "../inspect/service-state.ts";
import type { Listening } from "../inspect/unwired.ts";
import type { ManagedSettings } from "./managed-files.ts";
import type { Refusal } from "./refusal.ts";
import type { ReloadResult } from "./reload.ts";
import type { InForce, SshdView } from "./verify.ts";

export interface Manner {
  readonly dryRun: boolean;
  /** False with --no-reload. */
  readonly reload: boolean;
  readonly interrupted: () => boolean;
}

/** What could not be put back, by the system's code. */
export type NotRestored = readonly { readonly path: string; readonly code: string }[];

export type Outcome =
  | {
      readonly kind: "enabled";
      /** None: it was in force before. */
      readonly changes: readonly Change[];
      readonly ours: Pick<ManagedSettings, "command" | "user">;
      readonly answer: SshdView;
      readonly effect: ReloadResult;
      readonly behind: ServiceState;
      /** Those of the sshd that listen that do not ask us, and should. */
      readonly deaf: readonly Listening[];
    }
  | {
      readonly kind: "disabled";
      readonly changes: readonly Change[];
      /** What is in force for everybody now; undefined where sshd cannot be asked. */
      readonly now: InForce | undefined;
      /** Files in which somebody's own lines stay. */
      readonly edited: readonly string[];
      readonly stuck: readonly { readonly path: string; readonly why: string }[];
      /** Lines of somebody's own that still name our command. */
      readonly named: readonly Setting[];
      /** Undefined where sshd was not told: nothing was changed, or it would not start with its configuration. */
      readonly effect: ReloadResult | undefined;
      readonly unknown: Unknown | undefined;
    }
  /** `tried`: whether sshd was shown its files as they would be. */
  | {
      readonly kind: "would";
      readonly changes: readonly Change[];
      readonly commands: readonly string[];
      readonly tried: boolean;
      /** Lines of somebody's own that would still name our command. */
      readonly named?: readonly Setting[];
    }
  | { readonly kind: "refused"; readonly refusal: Refusal; readonly left: NotRestored };

export const refused = (refusal: Refusal, left: NotRestored = []): Outcome => ({ kind: "refused", refusal, left });
