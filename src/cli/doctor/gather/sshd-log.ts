/** What sshd wrote that is not about its command failing: dropped connections, and a `none` that it took for a path. */
import { type Programs, systemPrograms } from "../../../sshd/programs.ts";
import { NOT_ABSOLUTE } from "../none-in-match.ts";
import { DROPPED, type SshdLine } from "../penalties.ts";
import { sshdEntries, type Tagged } from "./system.ts";

export interface SshdLog {
  /** Undefined where no log of sshd's can be read. */
  readonly drops: readonly SshdLine[] | undefined;
  /** The last line of sshd that its command's path is not absolute. */
  readonly notAbsolute: SshdLine | undefined;
}

export async function lookAtSshdLog(programs: Programs = systemPrograms): Promise<SshdLog> {
  const entries = await sshdEntries(programs);
  const lines = entries?.filter(({ tag }: Tagged) => /^sshd/.test(tag));
  return {
    drops: lines?.filter(({ message }) => DROPPED.test(message)),
    notAbsolute: lines?.findLast(({ message }) => NOT_ABSOLUTE.test(message)),
  };
}
