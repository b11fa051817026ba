/** The warm service of the bench: the real service, on a socket that root creates and passes on as systemd would. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, renameSync } from "node:fs";
import { createServer } from "node:net";
import { setPriority } from "node:os";
import { setTimeout as after } from "node:timers/promises";
import type { Status } from "../src/service/telemetry/status.ts";
import { askStatus } from "../src/service/telemetry/status-client.ts";
import { outputOf } from "../test/support/namespace-output.ts";
import { niceness } from "../test/support/units.ts";
import { AGENT_ID, type Place } from "./sandbox.ts";
import type { Stopwatch } from "./stopwatch.ts";

/** Milliseconds without any processor time after which the service is idle, and the maximum number of checks. */
const AT_REST_MS = 5;
const LOOKS = 400;

/** Returns the number of answers with a key that the service has given so far. */
export const keysOf = ({ answers }: Status): number => answers.keys ?? 0;

export class Warm {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #socket: string;
  readonly #exit: Promise<unknown>;

  private constructor(child: ChildProcess, socket: string) {
    this.#child = child;
    this.pid = child.pid ?? Number.NaN;
    this.#socket = socket;
    this.#exit = once(child, "exit");
  }

  static async start({ enter, service, socket }: Place): Promise<Warm> {
    const server = createServer();
    // Closing the server removes the path that it listened on, which no longer exists by then.
    server.listen(`${socket}.new`);
    await once(server, "listening");
    renameSync(`${socket}.new`, socket);
    chmodSync(socket, 0o660);
    chownSync(socket, 0, AGENT_ID);
    const { fd } = (server as unknown as { _handle: { fd: number } })._handle;
    const words = ["-c", 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"', "sh", ...enter, ...service];
    const env = { PATH: process.env.PATH };
    // In a separate session, as systemd starts services: some kernels distribute processor time by session.
    const child = spawn("sh", words, { stdio: ["ignore", "pipe", "pipe", fd], env, detached: true });
    server.close();
    setPriority(child.pid ?? 0, Number(niceness()));
    if (child.stdout === null || child.stderr === null) throw new Error("started without pipes");
    await outputOf("eic-agent serve", child.stdout, child.stderr).line(/^service-ready /);
    return new Warm(child, socket);
  }

  status(): Promise<Status> {
    return askStatus(this.#socket);
  }

  /** Returns its milliseconds of processor time when it is idle, so that work after a call's end counts for the call. */
  async processor(stopwatch: Stopwatch): Promise<number> {
    let before = await stopwatch.processorOf(this.pid);
    for (let look = 0; look < LOOKS; look += 1) {
      await after(AT_REST_MS);
      const now = await stopwatch.processorOf(this.pid);
      if (now === before) return now;
      before = now;
    }
    throw new Error("the service does not come to rest");
  }

  async end(): Promise<void> {
    this.#child.kill();
    await this.#exit;
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }
}
