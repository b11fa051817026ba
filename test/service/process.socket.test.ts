/** The socket of the service as a process, from the built bundle: made by hand, or handed over by systemd. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { lstatSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { command, run } from "../support/agent.ts";
import { KEY } from "../support/keys.ts";
import { startService } from "../support/service.ts";
import { simulated } from "../support/simulated.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const one = simulated();

describe("its socket, made by hand,", () => {
  test("is for its owner and group", async () => {
    const { socket } = await startService(one().config);
    expect(lstatSync(socket).mode & 0o7777).toBe(0o660);
  });

  test("is not taken from a service that answers", async () => {
    const { config } = one();
    const first = await startService(config);
    const second = await run(command("serve", "--socket", first.socket, "--config", config));
    expect(second).toMatchObject({ status: 1, stdout: "" });
    expect(second.stderr).toBe(`eic-agent: another process already answers at ${first.socket}\n`);
    expect(await first.ask("nobody")).toEqual({ status: 0, lines: "" });
  });

  test("is not put in the place of a file", async () => {
    const path = join(temporaryFolder(), "file");
    writeFileSync(path, "mine");
    const { status, stderr } = await run(command("serve", "--socket", path, "--config", one().config));
    expect({ status, stderr }).toEqual({ status: 1, stderr: `eic-agent: ${path} exists and is not a socket\n` });
    expect(readFileSync(path, "utf8")).toBe("mine");
  });

  test("is required, if systemd passes none", async () => {
    const { status, stderr } = await run(command("serve", "--config", one().config));
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: "eic-agent: systemd passed no socket; start eic-agent.socket, or name one with --socket PATH\n",
    });
  });
});

describe("a socket of systemd's", () => {
  /** Starts the service as systemd does: descriptor 3 already listens. */
  async function activated(pid: string, count = "1") {
    const path = join(temporaryFolder(), "s");
    const server = createServer();
    await new Promise<void>((done) => server.listen(path, done));
    onTestFinished(() => void server.close());
    const { fd } = (server as unknown as { _handle: { fd: number } })._handle;
    const words = command("serve", "--config", one().config);
    const child = spawn("sh", ["-c", `LISTEN_FDS=${count} LISTEN_PID=${pid} exec "$@"`, "sh", ...words], {
      stdio: ["ignore", "pipe", "pipe", fd],
      env: { PATH: process.env.PATH },
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    let told = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      told += text;
    });
    return { path, child, told: () => told, server };
  }

  test("is listened on, and still exists when the service has ended", async () => {
    const { simulator } = one();
    simulator.push({ user: "alice", publicKey: KEY });
    const { path, child } = await activated("$$");
    // The test's own server would also take connections if it ever accepted. It does not while its event loop does not run.
    await once(child.stdout ?? child, "data");
    child.kill("SIGTERM");
    expect((await once(child, "exit"))[0]).toBe(0);
    expect(lstatSync(path).isSocket()).toBe(true);
  });

  test.each([
    { title: "that was passed to another process", pid: "1", message: "systemd passed no socket" },
    {
      title: "together with another socket",
      pid: "$$",
      count: "2",
      message: 'systemd passed "2" sockets, expected one',
    },
  ])("$title is not used", async ({ pid, count, message }) => {
    const { child, told } = await activated(pid, count);
    expect((await once(child, "close"))[0]).toBe(1);
    expect(told()).toContain(message);
  });
});
