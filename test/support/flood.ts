/** Many calls at a steady rate, from a process of their own, so that neither service nor simulator waits for them. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { onTestFinished } from "vitest";

export interface FloodOptions {
  readonly socket: string;
  readonly users: readonly string[];
  readonly fingerprint: string;
  /** Calls a second, whether the earlier ones were answered or not. */
  readonly rate: number;
}

export interface FloodCount {
  readonly sent: number;
  /** By the status of the answer; `none` for a connection that was closed without one. */
  readonly answers: Readonly<Record<string, number>>;
}

export interface Flood {
  /** Ends it, waits for the answers that are still to come, and counts. */
  end(): Promise<FloodCount>;
}

export async function flood(options: FloodOptions): Promise<Flood> {
  const child = fork(new URL("./flood-child.ts", import.meta.url), [JSON.stringify(options)], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child, "message");
  return {
    end: async () => {
      child.send("end");
      const [count] = await once(child, "message");
      return count as FloodCount;
    },
  };
}
