/** Many calls at a steady rate, from a separate process, so that they delay neither the service nor the simulator. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { onTestFinished } from "vitest";

export interface FloodOptions {
  readonly socket: string;
  readonly users: readonly string[];
  readonly fingerprint: string;
  /** Calls per second, independent of answers to earlier calls. */
  readonly rate: number;
}

export interface FloodCount {
  readonly sent: number;
  /** Number of calls by status of the answer; `none`: the connection was closed without an answer. */
  readonly answers: Readonly<Record<string, number>>;
}

export interface Flood {
  /** Ends the flood, waits for the outstanding answers, and returns the counts. */
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
