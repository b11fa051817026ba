/** QEMU's monitor: saves and restores the state of the whole machine. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout } from "node:timers/promises";

const PROMPT = "(qemu) ";

export class Monitor {
  readonly #socket: Socket;
  #text = "";

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding("utf8").on("data", (text: string) => {
      this.#text += text;
    });
  }

  static async open(path: string): Promise<Monitor> {
    const socket = connect(path);
    await once(socket, "connect");
    const monitor = new Monitor(socket);
    await monitor.#prompt();
    return monitor;
  }

  /** Saves memory, devices and disk under this name. */
  save = (name: string): Promise<void> => this.#tell(`savevm ${name}`);
  /** Restores them. Connections to the machine hang or are reset. */
  load = (name: string): Promise<void> => this.#tell(`loadvm ${name}`);
  /** Takes memory from the machine until it has so many MiB. */
  balloon = (mebibytes: number): Promise<void> => this.#tell(`balloon ${mebibytes}`);
  /** Wakes the machine up, once it has suspended itself to memory. */
  async wake(): Promise<void> {
    while (!(await this.#ask("info status")).some((line) => line.includes("suspended"))) await setTimeout(100);
    await this.#tell("system_wakeup");
  }
  /** Ends QEMU at once. */
  quit(): void {
    this.#socket.write("quit\n");
  }

  async #tell(command: string): Promise<void> {
    const error = (await this.#ask(command)).join("\n");
    if (error !== "") throw new Error(`${command}: ${error}`);
  }

  async #ask(command: string): Promise<string[]> {
    this.#text = "";
    this.#socket.write(`${command}\n`);
    const said = await this.#prompt();
    // The terminal's echo of the command comes first, in a line of its own.
    const [, ...lines] = said.split(/\r?\n/);
    return lines.filter((line) => line !== "" && !line.startsWith(PROMPT));
  }

  async #prompt(): Promise<string> {
    while (!this.#text.endsWith(PROMPT)) await once(this.#socket, "data");
    return this.#text;
  }
}
