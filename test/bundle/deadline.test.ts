/** The deadline of a call: for any behaviour of the metadata service, an answer or exit 1 within 4 s. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { startSimulator } from "../../src/simulator/simulator.ts";
import { agent, run } from "../support/agent.ts";
import { KEY } from "../support/keys.ts";
import { simulated, UNRECORDED } from "../support/simulated.ts";
import { within } from "../support/slack.ts";

const one = simulated();
const servers: Server[] = [];
const sockets = new Set<Socket>();

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

/** Starts a server for the test. @returns a settings file that names it */
async function served(onSocket: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy()).on("close", () => sockets.delete(socket));
    onSocket(socket);
  });
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return one().settings({ metadata: { endpoint: `http://127.0.0.1:${address.port}` } });
}

/** Deadline of a call in milliseconds, as in the contract (README). */
const DEADLINE = 4000;

describe.concurrent("the deadline", () => {
  test.each(["hang", "drip", "drip-head", "endless", "endless-chunked"] as const)(
    "holds with %s on every path",
    async (fault) => {
      // A separate simulator for each case: the cases run in parallel, and only the oldest rule of a path applies.
      const folder = mkdtempSync(join(one().folder, "fault-"));
      const simulator = await startSimulator({ authority: { caKey: "ec-p256" } });
      const { config } = await simulator.writeSettings(folder, UNRECORDED);
      simulator.push({ user: "alice", publicKey: KEY });
      simulator.faults.set({ fault, path: "*" });
      const { status, stdout, stderr, milliseconds } = await run(agent(config, "alice"));
      await simulator.close();
      expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: "", stderr: "" });
      expect(milliseconds).toBeLessThan(await within(DEADLINE));
    },
  );
});

describe("the deadline", () => {
  test.each([
    { title: "accepts the connection and is silent", on: () => undefined },
    {
      title: "sends header lines without end",
      on: (socket: Socket) => flood(socket, "HTTP/1.1 200 OK\r\n", "X-A: b\r\n"),
    },
    {
      title: "sends 100 Continue without end",
      on: (socket: Socket) => flood(socket, "", "HTTP/1.1 100 Continue\r\n\r\n"),
    },
    { title: "closes at once", on: (socket: Socket) => socket.destroy() },
  ])("holds if the service $title", async ({ on }) => {
    const config = await served(on);
    const { status, stdout, milliseconds } = await run(agent(config, "alice"));
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(milliseconds).toBeLessThan(await within(DEADLINE));
  });

  test("holds if every request takes nearly one second", async () => {
    one().simulator.push({ user: "slow", publicKey: KEY });
    one().simulator.faults.set({ fault: "slow", path: "*", ms: 900 });
    const { status, stdout, milliseconds } = await run(agent(one().config, "slow"));
    // Token, keys, the five values, the staples: four times 0.9 s may be in time. If not, there is no answer at all.
    expect({ status, stdout }).toEqual(status === 0 ? { status: 0, stdout: `${KEY}\n` } : { status: 1, stdout: "" });
    expect(milliseconds).toBeLessThan(await within(DEADLINE));
  });

  test("can be lowered by a setting", async () => {
    one().simulator.faults.set({ fault: "slow", path: "*", ms: 400 });
    one().simulator.push({ user: "lowered", publicKey: KEY });
    const config = await one().settings({ metadata: { deadline_ms: 1000 } });
    const { status, stdout, milliseconds } = await run(agent(config, "lowered"));
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(milliseconds).toBeLessThan(await within(1000));
  });
});

describe("a program that is not scheduled", () => {
  /** Stops the program for longer than its deadline, once its first request has arrived, as a starved host does. */
  async function stoppedDuring(words: readonly string[], stoppedMs: number) {
    const { simulator } = one();
    simulator.push({ user: "starved", publicKey: KEY });
    simulator.faults.set({ fault: "slow", path: "*", ms: 100 });
    const [program = "", ...rest] = words;
    const child = spawn(program, rest, { stdio: ["ignore", "pipe", "ignore"], env: { PATH: process.env.PATH } });
    const closed = once(child, "close");
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text));
    while (simulator.requests.length === 0) await setTimeout(5);
    child.kill("SIGSTOP");
    await setTimeout(stoppedMs);
    child.kill("SIGCONT");
    const [status] = await closed;
    return { status, stdout };
  }

  test("answers, although more than its deadline has passed", async () => {
    const answer = await stoppedDuring(agent(one().config, "starved"), DEADLINE + 500);
    expect(answer).toEqual({ status: 0, stdout: `${KEY}\n` });
  });

  test("has no answer if its caller waits no longer", async () => {
    const answer = await stoppedDuring(agent(one().config, "--within", "2000", "starved"), 2500);
    expect(answer).toEqual({ status: 1, stdout: "" });
  });
});

function flood(socket: Socket, first: string, more: string): void {
  socket.once("data", () => {
    socket.write(first);
    const timer = setInterval(() => (socket.destroyed ? clearInterval(timer) : socket.write(more)), 20);
  });
}
