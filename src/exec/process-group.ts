/** A process group that this program started. It ends with the task that it belongs to, and never outlives this process. */

/** Milliseconds between SIGTERM and SIGKILL, and between two checks whether the group has ended. */
const GRACE_MS = 200;
const LOOK_MS = 10;

/** The signals by which sshd, a service manager or a person ends this process. */
const ENDINGS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

export class ProcessGroup {
  #id: number | undefined;
  #ended: Promise<void> | undefined;

  /** Must be created before the group starts, so that the group cannot be left behind at any moment. */
  constructor() {
    for (const signal of ENDINGS) process.on(signal, this.#onEnding);
    // For every other way in which this process may end, including a bug.
    process.on("exit", () => this.#send("SIGKILL"));
  }

  /** @param id the process id of its leader */
  begin(id: number): void {
    this.#id = id;
  }

  /** Ends the rest of the group and removes the signal handlers. Resolves once the group has ended or was killed. */
  end(): Promise<void> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  async #end(): Promise<void> {
    this.#send("SIGTERM");
    for (let waited = 0; waited < GRACE_MS && this.#send(0); waited += LOOK_MS) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    this.#send("SIGKILL");
    this.#id = undefined;
    for (const signal of ENDINGS) process.off(signal, this.#onEnding);
  }

  /** Ends the group, then this process, when a signal arrives. Synchronous, so that no answer is written meanwhile. */
  readonly #onEnding = (signal: NodeJS.Signals): void => {
    if (this.#send("SIGTERM")) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, GRACE_MS);
      this.#send("SIGKILL");
    }
    for (const name of ENDINGS) process.off(name, this.#onEnding);
    process.kill(process.pid, signal);
  };

  /** @returns whether a process received the signal. Signal 0 only checks. */
  #send(signal: "SIGTERM" | "SIGKILL" | 0): boolean {
    if (this.#id === undefined) return false;
    try {
      return process.kill(-this.#id, signal);
    } catch {
      // ESRCH: no process is left. EPERM: the rest belongs to another user and cannot be ended.
      return false;
    }
  }
}
