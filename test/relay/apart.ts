/** A service in a process of its own: one that can be frozen, or that answers while the test is busy starting three hundred calls. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, readFileSync } from "node:fs";
import { expect, vi } from "vitest";

/** Answers every request, unread, with the bytes of its third argument; without them, never. */
const SERVICE = `
  const [, path, backlog, answer = ""] = process.argv;
  const server = require("node:net").createServer((socket) => {
    socket.on("error", () => {});
    if (answer !== "") socket.once("data", () => socket.end(Buffer.from(answer, "hex")));
  });
  server.listen({ path, backlog: Number(backlog) }, () => console.log("listens"));`;

export interface ServiceApart {
  /** Stops it with SIGSTOP. The kernel goes on taking connections, as many as the queue holds. */
  freeze(): Promise<void>;
  end(): Promise<void>;
}

export async function serveApart(
  socket: string,
  backlog = 511,
  answer: Buffer = Buffer.alloc(0),
): Promise<ServiceApart> {
  // Frozen, it could not notice that the test is gone; the kernel does.
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
