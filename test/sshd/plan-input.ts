/** What `enable` plans from, for a host in memory: entries by path (a text is a file), and the command that sshd reports. */
import { type Entry, newFile } from "../../src/sshd/inspect/file-changes.ts";
import type { PlanInput } from "../../src/sshd/wiring/plan.ts";
import { diskOf } from "./memory-disk.ts";
import { MAIN } from "./sshd-files.ts";

export type Entries = Readonly<Record<string, Entry | string>>;

export const NO_COMMAND = { command: undefined, user: undefined };

export function planInput(entries: Entries, inForce: PlanInput["inForce"] = NO_COMMAND): PlanInput {
  const tree = Object.entries(entries).map(([path, entry]): [string, Entry] => [
    path,
    typeof entry === "string" ? newFile(entry) : entry,
  ]);
  return {
    disk: diskOf(new Map(tree)),
    main: MAIN,
    processArgs: undefined,
    unitNames: undefined,
    runningWords: [],
    inForce,
    members: [],
  };
}
