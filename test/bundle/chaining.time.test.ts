/**
 * A chained command that does not end in time, and signals to this program, which end the chained command with it: with
 * real programs.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { KEY } from "../support/keys.ts";
import { simulated } from "../support/simulated.ts";
import { within } from "../support/slack.ts";
import { until } from "../support/until.ts";
import { called, chained, configsIn, SHORT, sh } from "./chained.ts";

const one = simulated({ authority: { caKey: "ec-p256" } });
const configs = configsIn(one);

/** Deadline of this program in milliseconds. */
const DEADLINE = 4000;

/** Waits until the process (the group, for a negative id) has ended. A `sleep 60` that is left exceeds a test's time. */
async function gone(id: number): Promise<void> {
  expect(id).not.toBe(0);
  for (;;) {
    try {
      process.kill(id, 0);
    } catch {
      return;
    }
    await pause(10);
  }
}

describe("a command that does not end", () => {
  /** Each command writes its process id, which is also its process group's id, to a file. */
  const SLOW = [
    { theirs: "hangs", script: `printf x; exec sleep 60`, counts: undefined },
    {
      theirs: "hangs and will not be asked",
      script: `trap "" TERM; printf x; while :; do sleep 60; done`,
      counts: undefined,
    },
    { theirs: "closes its output and hangs", script: `printf x; exec >&-; exec sleep 60`, counts: undefined },
    { theirs: "stops itself", script: `printf x; kill -STOP $$`, counts: undefined },
    { theirs: "prints a little without end", script: `while :; do printf x; sleep 0.1; done`, counts: undefined },
    { theirs: "leaves a child that holds its output", script: `sleep 60 & printf x`, counts: "x" },
    {
      theirs: "leaves a child that will not be asked",
      script: `(trap "" TERM; while :; do sleep 60; done) & printf x`,
      counts: "x",
    },
    // A daemon has left the process group and cannot be found: the call does not wait for it.
    { theirs: "leaves a daemon that holds its output", script: `setsid sleep 5 & printf x`, counts: "x" },
  ];

  test.concurrent.each(
    SLOW.flatMap((other, i) =>
      [true, false].map((reachable) => ({ ...other, reachable, place: `slow-${i}-${reachable}` })),
    ),
  )(
    "that $theirs is stopped at its deadline, and eic-agent's answer ($reachable) is printed",
    async ({ script, counts, reachable, place }) => {
      const file = join(one().folder, place);
      one().simulator.push({ user: place, publicKey: KEY, lifetimeSeconds: 300 });
      const chain = { deadline_ms: SHORT };
      const { short, endpoint } = configs();
      const config = reachable ? short : await one().settings({ chain, metadata: { endpoint } });
      const result = await called(chained(config, place, ...sh(`echo $$ >"$0"; ${script}`, file)));
      const { status, stderr, milliseconds } = result;
      expect({ status, stderr, stdout: result.stdout.toString() }).toEqual({
        status: reachable || counts !== undefined ? 0 : 1,
        stderr: "",
        stdout: `${reachable ? `${KEY}\n` : ""}${counts ?? ""}`,
      });
      expect(milliseconds).toBeLessThan(await within(DEADLINE));
      await gone(-Number(readFileSync(file, "utf8")));
    },
  );

  test("has 8 seconds if no settings can be read, and not 4 as eic-agent's call", async () => {
    const { status, stdout } = await called(chained(configs().broken, "pushed", ...sh("sleep 5; printf x")));
    expect({ status, stdout: stdout.toString() }).toEqual({ status: 0, stdout: "x" });
  });

  test("is waited for until its last child ends, as sshd does", async () => {
    const { status, stdout } = await called(
      chained(configs().short, "nobody", ...sh("(sleep 0.3; printf y) & printf x")),
    );
    expect({ status, stdout: stdout.toString() }).toEqual({ status: 0, stdout: "xy" });
  });

  test("is not waited for if it prints nothing and has ended, but its children are ended", async () => {
    const file = join(one().folder, "left");
    const script = `sleep 60 >/dev/null 2>&1 & echo $! >"$0"; printf x`;
    const { status, stdout } = await called(chained(one().config, "nobody", ...sh(script, file)));
    expect({ status, stdout: stdout.toString() }).toEqual({ status: 0, stdout: "x" });
    await gone(Number(readFileSync(file, "utf8")));
  });
});

describe("a signal to eic-agent", () => {
  test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
    "%s while both run ends both, with nothing printed",
    async (name) => {
      const file = join(one().folder, name);
      one().simulator.push({ user: name, publicKey: KEY });
      one().simulator.faults.set({ fault: "hang", path: "keys" });
      const script = `trap "" TERM; printf x; echo $$ >"$0"; while :; do sleep 60; done`;
      const [program = "", ...words] = chained(one().config, name, ...sh(script, file));
      const child = spawn(program, words, { stdio: ["ignore", "pipe", "ignore"] });
      let stdout = "";
      child.stdout.on("data", (bytes) => {
        stdout += bytes;
      });
      // Both commands run: both have begun, and neither has ended.
      const hangs = () => one().simulator.requests.some(({ fault }) => fault === "hang");
      await until(() => hangs() && existsSync(file) && readFileSync(file, "utf8") !== "", child);
      child.kill(name);
      const [status, signal] = await once(child, "close");
      expect({ status, signal, stdout }).toEqual({ status: null, signal: name, stdout: "" });
      await gone(-Number(readFileSync(file, "utf8")));
    },
  );
});
