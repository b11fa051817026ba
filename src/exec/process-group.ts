/** A process group that we started: it is ended with what it was started for, and it does not outlive us. */

/** Milliseconds between asking (SIGTERM) and ending (SIGKILL), and between two looks whether it has gone. */
const GRACE_MS = 200;
const LOOK_MS = 10;

/** The signals by which sshd, a service manager or a person ends us. */
const ENDINGS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

export class ProcessGroup {
  #id: number | undefined;
  #ended: Promise<void> | undefined;

  /** Made before the group is, so that there is no moment at which it could be left behind. */
  constructor() {
    for (const signal of ENDINGS) process.on(signal, this.#onEnding);
    // Whatever else ends us, a bug included.
    process.on("exit", () => this.#send("SIGKILL"));
  }

  /** @param id the process id of its leader */
  begin(id: number): void {
    this.#id = id;
  }

  /** Ends whatever is left of it, and stops looking after it. Settles once it has gone or was killed. */
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

  /** We are told to end: so is the group, and then we do. All of it in one piece: no answer may slip out meanwhile. */
  readonly #onEnding = (signal: NodeJS.Signals): void => {
    if (this.#send("SIGTERM")) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, GRACE_MS);
      this.#send("SIGKILL");
    }
    for (const name of ENDINGS) process.off(name, this.#onEnding);
    process.kill(process.pid, signal);
  };

  /** @returns whether there was anybody to send it to. 0 only asks. */
  #send(signal: "SIGTERM" | "SIGKILL" | 0): boolean {
    if (this.#id === undefined) return false;
    try {
      return process.kill(-this.#id, signal);
    } catch {
      // ESRCH: nobody is left. EPERM: what is left is another user's, and not ours to end.
      return false;
    }
  }
}
