/** A service in a separate process: it can be frozen, or answer while the test is busy starting three hundred calls. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, readFileSync, rmSync } from "node:fs";
import { expect, vi } from "vitest";
import { outputOf } from "../support/namespace-output.ts";
import { ACTIVATE } from "./programs.ts";
import { AGENT_ID, SERVICE_ID } from "./service.ts";

/** Answers every request, unparsed, with the bytes of its third argument; without that argument, never answers. */
const SERVICE = `
  const [, path, backlog, answer = ""] = process.argv;
  const server = require("node:net").createServer((socket) => {
    socket.on("error", () => {});
    if (answer !== "") socket.once("data", () => socket.end(Buffer.from(answer, "hex")));
  });
  server.listen({ path, backlog: Number(backlog) }, () => {
    // As in life: the one who called listen(2) last is the service's user.
    process.seteuid(${SERVICE_ID});
    if (server._handle.listen(Number(backlog)) !== 0) throw new Error("listen(2)");
    console.log("listens");
  });`;

export interface ServiceApart {
  /** Stops it with SIGSTOP. The kernel continues to accept connections until the queue is full. */
  freeze(): Promise<void>;
  end(): Promise<void>;
}

export async function serveApart(
  socket: string,
  backlog = 511,
  answer: Buffer = Buffer.alloc(0),
): Promise<ServiceApart> {
  // A frozen service cannot notice that the test has ended, so the kernel kills it.
  const words = ["--pdeathsig", "KILL", process.execPath, "-e", SERVICE, socket, `${backlog}`, answer.toString("hex")];
  const child = spawn("setpriv", words, { stdio: ["ignore", "pipe", "inherit"] });
  const exit = once(child, "exit");
  await Promise.race([once(child.stdout, "data"), exit]);
  chmodSync(socket, 0o666);
  return {
    async freeze() {
      child.kill("SIGSTOP");
      const stat = () => readFileSync(`/proc/${child.pid}/stat`, "utf8");
      await vi.waitFor(() => expect(stat()).toMatch(/^\d+ \(.*\) T /), 5000);
    },
    async end() {
      child.kill("SIGKILL");
      await exit;
    },
  };
}

/** `late` ms after its start, calls listen(2) again on the socket passed to it; answers every request with `answer`. */
const LATE_SERVICE = `
  const [, late, answer] = process.argv;
  const server = require("node:net").createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.end(Buffer.from(answer, "hex")));
  });
  process.seteuid(${SERVICE_ID});
  setTimeout(() => server.listen({ fd: 3 }, () => console.log("ready")), Number(late));`;

/** Returns the command of a service that always needs `late` ms to start; with Infinity, it never starts. */
export const lateService = (late: number, answer: Buffer): string[] =>
  late === Number.POSITIVE_INFINITY
    ? ["sleep", "600"]
    : [process.execPath, "-e", LATE_SERVICE, `${late}`, answer.toString("hex")];

export interface Activated {
  /** Number of times that the service has been started so far. */
  starts(): number;
  /** Ends the service, which must have started, as after an idle period; the socket remains. */
  endIdle(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a socket that starts `service` at the first connection, as systemd does, and starts it again after a failure.
 * @param cpu processor on which all of it runs
 */
export async function activate(socket: string, service: readonly string[], cpu: string): Promise<Activated> {
  const words = [
    "-c",
    cpu,
    "setpriv",
    "--pdeathsig",
    "KILL",
    ACTIVATE,
    socket,
    "1024",
    `${AGENT_ID}`,
    "500",
    ...service,
  ];
  const child = spawn("taskset", words, { stdio: ["ignore", "pipe", "inherit"] });
  const output = outputOf("activate", child.stdout);
  await output.line(/^listens /);
  const running = () => output.lines.findLast((line) => /^(started|ended) \d/.test(line))?.split(" ") ?? [];
  return {
    starts: () => output.lines.filter((line) => line.startsWith("started ")).length,
    async endIdle() {
      const [, pid] = running();
      process.kill(Number(pid), "SIGTERM");
      await output.line(new RegExp(`^ended ${pid} `));
    },
    async close() {
      const exit = once(child, "exit");
      child.kill("SIGKILL");
      await exit;
      const [what, pid] = running();
      if (what === "started") process.kill(Number(pid), "SIGKILL");
      rmSync(socket, { force: true });
    },
  };
}
