/** Finds the listening sshd processes that do not run our command but should. Pure. */
import type { Listener } from "./listeners.ts";

export interface Listening extends Listener {
  /** Its main file; undefined if it is not known or not on this system. */
  readonly main: string | undefined;
  /** The users for whom it has our command. If `unknown`, the reason is in `why`. */
  readonly scope: "all" | "some" | "none" | "unknown";
  readonly why: string | undefined;
}

export interface Heard {
  readonly sshds: readonly Listening[];
  /** Whether every process was seen. */
  readonly isComplete: boolean;
}

/** The default port: the sshd that administrators normally mean. */
const SSH_PORT = 22;

/**
 * Returns the sshd on port 22 if it does not have our command, or every sshd if no listening sshd has it. An additional
 * sshd, for SFTP for example, may be without it.
 */
export function deaf({ sshds }: Heard): readonly Listening[] {
  const here = sshds.filter(({ hasOtherRoot }) => hasOtherRoot !== true);
  const without = here.filter(({ scope }) => scope === "none");
  if (without.length === here.filter(({ scope }) => scope !== "unknown").length) return without;
  return without.filter(({ ports }) => ports?.includes(SSH_PORT));
}
