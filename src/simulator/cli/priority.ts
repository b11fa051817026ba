/**
 * Processor time. The real service does not run on the instance's processors and never waits for them; a simulated one
 * on a busy machine would, and its clients would see a slowness that no instance has. So it goes first where it may.
 */
import { constants, setPriority } from "node:os";

/** Only root may; for anyone else it stays as it is. */
export function raisePriority(): void {
  setPriorityIfAllowed(0, constants.priority.PRIORITY_HIGHEST);
}

/** What this program starts inherits its priority; a program under test must not. */
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
