/** QEMU's monitor: saves and restores the state of the whole machine. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

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
  /** Ends QEMU at once. */
  quit(): void {
    this.#socket.write("quit\n");
  }

  async #tell(command: string): Promise<void> {
    this.#text = "";
    this.#socket.write(`${command}\n`);
    const said = await this.#prompt();
    // The terminal's echo of the command comes first, in a line of its own.
    const [, ...lines] = said.split(/\r?\n/);
    const error = lines.filter((line) => line !== "" && !line.startsWith(PROMPT)).join("\n");
    if (error !== "") throw new Error(`${command}: ${error}`);
  }

  async #prompt(): Promise<string> {
    while (!this.#text.endsWith(PROMPT)) await once(this.#socket, "data");
    return this.#text;
  }
}
