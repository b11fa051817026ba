/** The processes below a process, by /proc. sshd gives each connection a session of its own, so its process group is not enough. */
import { readdirSync, readFileSync } from "node:fs";

/** @returns ids of all descendants of a process, at this moment */
export function descendantsOf(pid: number): number[] {
  const parents = new Map(
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map((name) => [Number(name), parentOf(name)]),
  );
  const below = (of: number): number[] =>
    [...parents].filter(([, parent]) => parent === of).flatMap(([child]) => [child, ...below(child)]);
  return below(pid);
}

/** Checks whether a process runs: a zombie does not. */
export const isAlive = (pid: number): boolean => !/^(Z|X|)$/.test(statOf(String(pid)).state);

const parentOf = (pid: string): number => statOf(pid).parent;

/** Returns state and parent of a process (proc(5), stat); the state "" if it has ended. Its name may have spaces. */
function statOf(pid: string): { state: string; parent: number } {
  try {
    const [state = "", parent] = readFileSync(`/proc/${pid}/stat`, "latin1")
      .replace(/^.*\) /s, "")
      .split(" ");
    return { state, parent: Number(parent) };
  } catch {
    return { state: "", parent: 0 };
  }
}
