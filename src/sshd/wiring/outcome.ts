/** What became of `enable` and `disable`. cli/sshd/ has the words. */
import type { Behind } from "../behind.ts";
import type { Setting } from "../config-walk.ts";
import type { Listening } from "../deaf.ts";
import type { Change } from "../disk.ts";
import type { Unknown } from "../effective.ts";
import type { Ours } from "./pieces.ts";
import type { Refusal } from "./refusal.ts";
import type { Effect } from "./reload.ts";
import type { InForce, Shown } from "./verify.ts";

export interface Manner {
  readonly dryRun: boolean;
  /** False with --no-reload. */
  readonly reload: boolean;
  readonly interrupted: () => boolean;
}

/** What could not be put back, by the system's code. */
export type Left = readonly { readonly path: string; readonly code: string }[];

export type Outcome =
  | {
      readonly kind: "enabled";
      /** None: it was in force before. */
      readonly changes: readonly Change[];
      readonly ours: Pick<Ours, "command" | "user">;
      readonly answer: Shown;
      readonly effect: Effect;
      readonly behind: Behind;
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
      readonly effect: Effect | undefined;
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
  | { readonly kind: "refused"; readonly refusal: Refusal; readonly left: Left };

export const refused = (refusal: Refusal, left: Left = []): Outcome => ({ kind: "refused", refusal, left });
