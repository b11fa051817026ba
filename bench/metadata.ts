/** The simulated metadata service of the bench: another computer in life, so a process of its own here. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

export interface Ready {
  readonly endpoint: string;
  /** The agent's settings, written to the folder that was named. */
  readonly config: string;
  /** Of the one key that every user with keys has. */
  readonly fingerprint: string;
}

/** Pushes so many keys for a user, with long comments where they are wordy; or answers for key documents so many milliseconds late from now on; or hangs. */
export type Order =
  | { readonly push: string; readonly keys: number; readonly wordy: boolean }
  | { readonly late: number }
  | { readonly hang: boolean };

export class Metadata {
  readonly ready: Ready;
  readonly #child: ChildProcess;
  /** Rejects where it ends before it is told to. */
  readonly #died: Promise<never>;

  private constructor(child: ChildProcess, died: Promise<never>, ready: Ready) {
    this.#child = child;
    this.#died = died;
    this.ready = ready;
  }

  /** @param folder where settings and anchors are to lie */
  static async start(folder: string): Promise<Metadata> {
    const child = fork(new URL("./metadata-child.ts", import.meta.url), [folder]);
    const died = once(child, "exit").then(([status]) => {
      throw new Error(`the simulated metadata service ended with ${status}`);
    });
    // Looked at when something is awaited of it.
    died.catch(() => undefined);
    const [ready] = await Promise.race([once(child, "message"), died]);
    return new Metadata(child, died, ready as Ready);
  }

  /** The first of them is the same for everybody: its fingerprint is `ready.fingerprint`. */
  push(user: string, keys: number, wordy = false): Promise<void> {
    return this.#order({ push: user, keys, wordy });
  }

  /** @param milliseconds by which it is late with key documents; 0: not at all */
  beLate(milliseconds: number): Promise<void> {
    return this.#order({ late: milliseconds });
  }

  /** Takes every request from now on and answers none; or is well again. */
  hang(hang: boolean): Promise<void> {
    return this.#order({ hang });
  }

  async end(): Promise<void> {
    if (!this.#child.connected) return;
    const exit = once(this.#child, "exit");
    this.#child.disconnect();
    await exit;
  }

  async #order(order: Order): Promise<void> {
    this.#child.send(order);
    await Promise.race([once(this.#child, "message"), this.#died]);
  }
}
