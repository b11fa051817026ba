/** Runs scripts as root in the virtual machine, over a virtio serial port (guest/control). One at a time. */
import { once } from "node:events";
import { appendFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { createInterface, type Interface } from "node:readline";

export interface Ran {
  readonly status: number;
  /** Standard output and standard error, in the order in which they were written. */
  readonly output: string;
}

export class Control {
  readonly #socket: Socket;
  readonly #lines: Interface;
  readonly #log: string;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(socket: Socket, log: string) {
    this.#socket = socket;
    this.#log = log;
    this.#lines = createInterface({ input: socket });
  }

  /**
   * @param path the socket of QEMU's character device
   * @param log gets each script and its output, to see what a machine did that hangs
   */
  static async open(path: string, log: string): Promise<Control> {
    const socket = connect(path);
    await once(socket, "connect");
    return new Control(socket, log);
  }

  /** Waits until the machine says that it takes scripts, once in each boot. */
  async ready(): Promise<void> {
    for (let line = ""; line !== "ready"; ) line = await this.#line();
  }

  /** @param shown what the log shows of the script */
  run(script: string, shown = script): Promise<Ran> {
    const ran = this.#last.then(async () => {
      appendFileSync(this.#log, `\n${new Date().toISOString()} $ ${shown}\n`);
      this.#socket.write(`${Buffer.from(script).toString("base64")}\n`);
      const [status = "", output = ""] = (await this.#line()).split(" ");
      const ran = { status: Number(status), output: Buffer.from(output, "base64").toString() };
      appendFileSync(this.#log, `${ran.output}${new Date().toISOString()} exit ${status}\n`);
      return ran;
    });
    this.#last = ran.catch(() => {});
    return ran;
  }

  close(): void {
    this.#socket.destroy();
  }

  async #line(): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const ended = () => reject(new Error("the virtual machine has ended"));
    this.#lines.once("line", resolve).once("close", ended);
    try {
      return await promise;
    } finally {
      this.#lines.off("line", resolve).off("close", ended);
    }
  }
}
