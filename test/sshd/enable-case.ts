/** A host before `eic-agent sshd enable`, its options, and the settings in force afterwards. Each runs on a real sshd. */
import { DROP_IN } from "./sshd-files.ts";
import type { Files } from "./wired-host.ts";

export interface Wiring {
  readonly title: string;
  readonly files: Files;
  readonly words?: readonly string[];
  /** Settings of sshd and files written afterwards, or `refused`. */
  readonly ends: { readonly command?: string; readonly user?: string; readonly written: readonly string[] } | "refused";
  readonly message?: readonly RegExp[];
}

/** The result: our command is in force, and these files were written; without any, the drop-in. */
export const ours = (...written: readonly string[]) => ({ written: written.length === 0 ? [DROP_IN] : written });
