/** Output of the answer: readers that end, do not read, or are full; signals; no partial line ever counts. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { agent, run, runOnTerminal } from "../support/agent.ts";
import { KEY, longKeyLine } from "../support/keys.ts";
import { simulated } from "../support/simulated.ts";
import { until } from "../support/until.ts";

const one = simulated({ authority: { caKey: "ec-p256" } });

/** Runs a shell script in which `"$0" "$@"` is the agent. */
const shell = (script: string, words: readonly string[]) => run(["sh", "-c", script, ...words]);

/** Pushes keys, by default more than a pipe holds (64 KiB). */
function pushMany(user: string, count = 120): string {
  const keys = Array.from({ length: count }, (_, i) => longKeyLine(`${user} ${i}`));
  for (const publicKey of keys) one().simulator.push({ user, publicKey });
  return keys.map((key) => `${key}\n`).join("");
}

describe("the answer", () => {
  test("larger than a pipe's buffer arrives completely", async () => {
    const all = pushMany("many");
    expect(all.length).toBeGreaterThan(65_536);
    const { status, stdout } = await run(agent(one().config, "many"));
    expect(status).toBe(0);
    expect(stdout).toBe(all);
  });

  test("into a file arrives completely", async () => {
    const all = pushMany("filed");
    const { status, stdout } = await shell(
      `f=$(mktemp) && "$0" "$@" >"$f"; s=$?; cat "$f"; rm "$f"; exit $s`,
      agent(one().config, "filed"),
    );
    expect(status).toBe(0);
    expect(stdout).toBe(all);
  });

  test("is not a failure if the reader has gone away", async () => {
    one().simulator.push({ user: "gone", publicKey: KEY });
    // The reader ends before the agent starts: the agent's first write is to a pipe without a reader.
    const { status, stderr } = await shell(
      `{ sleep 0.2; "$0" "$@"; echo "status $?" >&2; } | :`,
      agent(one().config, "gone"),
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: "status 0\n" });
  });

  test("is not a failure if the reader goes away in the middle", async () => {
    pushMany("middle");
    const { stdout, stderr } = await shell(
      `{ "$0" "$@"; echo "status $?" >&2; } | head -c 10`,
      agent(one().config, "middle"),
    );
    expect({ stdout, stderr }).toEqual({ stdout: "ssh-rsa AA", stderr: "status 0\n" });
  });

  test("is a Fault if the disk is full", async () => {
    one().simulator.push({ user: "full", publicKey: KEY });
    const { status, stderr } = await shell(`exec "$0" "$@" >/dev/full`, agent(one().config, "full"));
    expect({ status, stderr }).toEqual({ status: 1, stderr: "" });
  });

  test("is a failure if a full pipe is not read before the deadline: exit 1, in time", async () => {
    pushMany("stuck");
    const config = await one().settings({ metadata: { deadline_ms: 1500 } });
    // The reader reads nothing, and ends only after the call has ended.
    const reader = join(one().folder, "reader-may-go");
    const script = `{ "$0" "$@"; echo "status $?" >&2; } | { until [ -e '${reader}' ]; do sleep 0.02; done; }`;
    const [program = "", ...words] = agent(config, "stuck");
    const child = spawn("sh", ["-c", script, program, ...words], { stdio: ["ignore", "ignore", "pipe"] });
    const [said] = await once(child.stderr, "data");
    expect(String(said)).toBe("status 1\n");
    writeFileSync(reader, "");
    await once(child, "close");
  });

  test("is not written if standard output is closed, nor is anything else", async () => {
    one().simulator.push({ user: "closed", publicKey: KEY });
    const { status, stderr } = await shell(`exec "$0" "$@" >&-`, agent(one().config, "closed"));
    expect({ status: status === 0 || status === 1, stderr }).toEqual({ status: true, stderr: "" });
  });

  test("is not written to a pipe whose writing end a terminal's report shares", async () => {
    one().simulator.push({ user: "report", publicKey: KEY });
    const { stdout, told } = await runOnTerminal(agent(one().config, "report"));
    expect(stdout).toBe(`${KEY}\n`);
    expect(told).toMatch(/^eic-agent: accepted SHA256:\S+: \d+ s left/);
  });
});

describe("SIGTERM", () => {
  test.each(["keys", "staple"])(
    "while %s is awaited is not printed if SIGTERM ends the call, by that signal",
    async (path) => {
      one().simulator.push({ user: "killed", publicKey: KEY });
      one().simulator.faults.set({ fault: "hang", path });
      const [program = "", ...words] = agent(one().config, "killed");
      const child = spawn(program, words, { stdio: ["ignore", "pipe", "ignore"] });
      let stdout = "";
      child.stdout.on("data", (bytes) => {
        stdout += bytes;
      });
      await until(() => one().simulator.requests.some(({ fault }) => fault === "hang"), child);
      child.kill("SIGTERM");
      const [status, signal] = await once(child, "close");
      expect({ status, signal, stdout }).toEqual({ status: null, signal: "SIGTERM", stdout: "" });
    },
  );
});
