/** Runs scripts as root in the virtual machine, over a virtio serial port (guest/control). One at a time. */
import { once } from "node:events";
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
  #last: Promise<unknown> = Promise.resolve();

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#lines = createInterface({ input: socket });
  }

  /** @param path the socket of QEMU's character device */
  static async open(path: string): Promise<Control> {
    const socket = connect(path);
    await once(socket, "connect");
    return new Control(socket);
  }

  /** Waits until the machine says that it takes scripts, once in each boot. */
  async ready(): Promise<void> {
    for (let line = ""; line !== "ready"; ) line = await this.#line();
  }

  run(script: string): Promise<Ran> {
    const ran = this.#last.then(async () => {
      this.#socket.write(`${Buffer.from(script).toString("base64")}\n`);
      const [status = "", output = ""] = (await this.#line()).split(" ");
      return { status: Number(status), output: Buffer.from(output, "base64").toString() };
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
