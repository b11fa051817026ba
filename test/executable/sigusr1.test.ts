/** On SIGUSR1, Node opens a debugger port, whose clients can run code in the process. The executable opens none. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { agent } from "../support/agent.ts";
import { KEY } from "../support/keys.ts";
import { BUNDLE } from "../support/program.ts";
import { simulated } from "../support/simulated.ts";

const one = simulated();

/** Sends the signal to a call that is waiting for a slow reply. */
async function signalled(words: readonly string[]) {
  const { simulator } = one();
  simulator.push({ user: "alice", publicKey: KEY });
  simulator.faults.set({ fault: "slow", path: "keys", ms: 500, times: 1 });
  const [program = "", ...rest] = words;
  const child = spawn(program, rest, { stdio: ["ignore", "pipe", "pipe"], env: {} });
  onTestFinished(() => void child.kill("SIGKILL"));
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", (part) => (said.stdout += part));
  child.stderr.on("data", (part) => (said.stderr += part));
  const ended = once(child, "close");
  while (simulator.requests.length < 2) await new Promise(setImmediate);
  child.kill("SIGUSR1");
  const ports = new Set<string>();
  while (child.exitCode === null && child.signalCode === null) {
    for (const port of listening(child.pid ?? 0)) ports.add(port);
    await new Promise(setImmediate);
  }
  const [status, signal] = await ended;
  return { ...said, status, signal, ports: [...ports] };
}

/** Returns the local addresses on which a process listens; an empty list once it has ended. */
function listening(pid: number): string[] {
  try {
    const fds = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
    const inodes = new Set(fds.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []));
    const rows = ["tcp", "tcp6"].flatMap((kind) =>
      readFileSync(`/proc/${pid}/net/${kind}`, "utf8").split("\n").slice(1),
    );
    // proc(5): local address in the second column, the state in the fourth (0A: listening), the inode in the tenth.
    const sockets = rows.map((row) => row.trim().split(/\s+/));
    return sockets.flatMap(([, local = "", , state, , , , , , inode = ""]) =>
      state === "0A" && inodes.has(inode) ? [local] : [],
    );
  } catch {
    return [];
  }
}

test("opens no port, and the call is answered", async () => {
  expect(await signalled(agent(one().config, "alice"))).toEqual({
    ...{ status: 0, signal: null, stdout: `${KEY}\n` },
    ...{ stderr: "", ports: [] },
  });
});

test("would be noticed: under a plain node it opens one, or tries to", async () => {
  const words = [process.execPath, BUNDLE, "authorized-keys", "--config", one().config, "alice"];
  const { stderr, ports } = await signalled(words);
  expect(stderr).toMatch(/Debugger listening|Starting inspector/);
  if (stderr.includes("Debugger listening")) expect(ports).toHaveLength(1);
});
