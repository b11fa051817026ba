/** Memory use of processes, as the kernel reports it: proc_pid_smaps(5), proc_pid_status(5), proc_meminfo(5). */
import { readFileSync } from "node:fs";

/** Memory of several processes together, in MiB. */
export interface Held {
  /** A shared page is divided among the processes that share it, so this is the real total. */
  readonly pss: number;
  /** A shared page counts in full for each process. */
  readonly rss: number;
}

/** Returns the memory of the given processes. A process that has ended counts as zero. */
export function heldBy(pids: readonly number[]): Held {
  const texts = pids.map((pid) => textOf(`/proc/${pid}/smaps_rollup`));
  return { pss: sum(texts.map(mebibytes("Pss"))), rss: sum(texts.map(mebibytes("Rss"))) };
}

/** Returns the peak memory of a process so far, in MiB, including shared pages. */
export const peakOf = (pid: number): number => mebibytes("VmHWM")(textOf(`/proc/${pid}/status`));

/** Returns the memory that is available without swapping, in MiB. */
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
