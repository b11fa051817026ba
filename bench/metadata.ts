/** The simulated metadata service of the bench. The real service is another computer, so this is a separate process. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

export interface Ready {
  readonly endpoint: string;
  /** Path of the agent's settings, which are written to the folder given to `start`. */
  readonly config: string;
  /** Fingerprint of the key that every user with keys has. */
  readonly fingerprint: string;
}

/**
 * Pushes that number of keys for a user, with long comments if `wordy`; or delays key documents by that number of
 * milliseconds from now on; or hangs.
 */
export type Order =
  | { readonly push: string; readonly keys: number; readonly wordy: boolean }
  | { readonly late: number }
  | { readonly hang: boolean };

export class Metadata {
  readonly ready: Ready;
  readonly #child: ChildProcess;
  /** Rejects if the process ends before it is asked to. */
  readonly #died: Promise<never>;

  private constructor(child: ChildProcess, died: Promise<never>, ready: Ready) {
    this.#child = child;
    this.#died = died;
    this.ready = ready;
  }

  /** @param folder for settings and trust anchors */
  static async start(folder: string): Promise<Metadata> {
    const child = fork(new URL("./metadata-child.ts", import.meta.url), [folder]);
    const died = once(child, "exit").then(([status]) => {
      throw new Error(`the simulated metadata service ended with ${status}`);
    });
    // The rejection is handled when a reply is awaited.
    died.catch(() => undefined);
    const [ready] = await Promise.race([once(child, "message"), died]);
    return new Metadata(child, died, ready as Ready);
  }

  /** Pushes keys for a user. The first key is the same for all users: its fingerprint is `ready.fingerprint`. */
  push(user: string, keys: number, wordy = false): Promise<void> {
    return this.#order({ push: user, keys, wordy });
  }

  /** @param milliseconds delay of key documents; 0 for no delay */
  beLate(milliseconds: number): Promise<void> {
    return this.#order({ late: milliseconds });
  }

  /** From now on accepts requests without answering them, or answers again. */
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
