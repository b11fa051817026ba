/** Which of the sshd that listen do not ask us, and should. Pure. */
import type { Listener } from "./listeners.ts";

export interface Listening extends Listener {
  /** Its main file; undefined: not known, or not of this system. */
  readonly main: string | undefined;
  /** For whom it has our command; where that is `unknown`, the reason is in `why`. */
  readonly wired: "everybody" | "some" | "nobody" | "unknown";
  readonly why: string | undefined;
}

export interface Heard {
  readonly sshds: readonly Listening[];
  /** Whether every process was seen. */
  readonly whole: boolean;
}

/** What people mean by "sshd". */
const SSH_PORT = 22;

/**
 * The one on port 22; or each, where none that listens has our command. Another one beside those, for SFTP say, may well be
 * without.
 */
export function deaf({ sshds }: Heard): readonly Listening[] {
  const here = sshds.filter(({ elsewhere }) => elsewhere !== true);
  const without = here.filter(({ wired }) => wired === "nobody");
  if (without.length === here.filter(({ wired }) => wired !== "unknown").length) return without;
  return without.filter(({ ports }) => ports?.includes(SSH_PORT));
}
