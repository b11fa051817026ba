/** What processes hold of the memory, as the kernel counts it now: proc_pid_smaps(5), proc_pid_status(5), proc_meminfo(5). */
import { readFileSync } from "node:fs";

/** MiB, of some processes together. */
export interface Held {
  /** A page that several share is divided among them: what they really take. */
  readonly pss: number;
  /** A page that several share counts for each. */
  readonly rss: number;
}

/** A process that has ended holds nothing. */
export function heldBy(pids: readonly number[]): Held {
  const texts = pids.map((pid) => textOf(`/proc/${pid}/smaps_rollup`));
  return { pss: sum(texts.map(mebibytes("Pss"))), rss: sum(texts.map(mebibytes("Rss"))) };
}

/** The most that a process has held so far, in MiB, shared pages included. */
export const peakOf = (pid: number): number => mebibytes("VmHWM")(textOf(`/proc/${pid}/status`));

/** What can be had without swapping, in MiB. */
export const available = (): number => mebibytes("MemAvailable")(readFileSync("/proc/meminfo", "utf8"));

const mebibytes =
  (name: string) =>
  (text: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1] ?? 0) / 1024;

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ESRCH") return "";
    throw error;
  }
}
