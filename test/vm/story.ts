/** What an operator or the host does, and what must hold afterwards. Each begins with the prepared machine. */
import type { Machine } from "./machine.ts";

export interface Story {
  readonly title: string;
  readonly tell: (machine: Machine) => Promise<void>;
}
