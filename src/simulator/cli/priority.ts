/**
 * Process priority. The real service does not run on the instance's processors and never waits for them. The simulator on
 * a busy machine would wait, and its clients would see delays that no instance has. So it raises its priority if it may.
 */
import { constants, setPriority } from "node:os";

/** Raises the priority. Only root may; for other users it does not change. */
export function raisePriority(): void {
  setPriorityIfAllowed(0, constants.priority.PRIORITY_HIGHEST);
}

/** Resets the priority of a child process: it inherits this program's, but a program under test must not have it. */
export function resetPriority(pid: number | undefined): void {
  if (pid !== undefined) setPriorityIfAllowed(pid, constants.priority.PRIORITY_NORMAL);
}

function setPriorityIfAllowed(pid: number, priority: number): void {
  try {
    setPriority(pid, priority);
  } catch {
    // EACCES or EPERM without root; ESRCH for a program that has ended already.
  }
}
