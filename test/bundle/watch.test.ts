/** `explain --watch`: keys appear, count down, change and disappear; lines on a pipe, JSON objects, a redrawn terminal. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import type { Explanation } from "../../src/explain/explanation.ts";
import { command } from "../support/agent.ts";
import { fingerprint, KEY, keyLine } from "../support/keys.ts";
import { describeWith } from "../support/needs.ts";
import { PROGRAM } from "../support/program.ts";
import { simulated } from "../support/simulated.ts";

const one = simulated({ authority: { caKey: "ec-p256" } });
const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
});

/** Starts a command. @returns the process and its output so far */
function started([program = "", ...words]: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(program, words, {
    stdio: ["ignore", "pipe", "inherit"],
    env: { PATH: process.env.PATH, ...env },
  });
  running.push(child);
  let text = "";
  let heard = () => {};
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    text += part;
    heard();
  });
  return {
    child,
    said: () => text,
    /** Waits until the output matches a pattern. @returns the match */
    async until(pattern: RegExp): Promise<RegExpExecArray> {
      for (;;) {
        const found = pattern.exec(text);
        if (found !== null) return found;
        await new Promise<void>((resolve) => {
          heard = resolve;
        });
      }
    },
  };
}

const watch = (user: string, ...words: string[]) =>
  started(command("explain", user, "--watch", "--no-sshd", "--config", one().config, ...words));

describe("on a pipe", () => {
  test("a line for each push, each change and each end; Ctrl-C ends it with success", async () => {
    const { simulator } = one();
    const { child, said, until } = watch("alice");
    await until(/no key is pushed for this user/);
    const { requestId } = simulator.push({ user: "alice", publicKey: KEY, lifetimeSeconds: 4 });
    const pushed = await until(
      /^\d\d:\d\d:\d\d {2}pushed {2}accepted {2}(\S+) {2}\d s left {2}by (\S+) {2}request (\S+)$/m,
    );
    expect(pushed.slice(1)).toEqual([
      fingerprint(KEY),
      "arn:aws:sts::111122223333:assumed-role/Simulated/session",
      requestId,
    ]);
    simulator.push({ user: "alice", publicKey: keyLine("x"), instance: "i-0fffffffffffffff0" });
    await until(/pushed {2}refused {2}\S+ {2}wrong-instance: .*; hint: push to this instance's id/);
    await until(new RegExp(`^\\d\\d:\\d\\d:\\d\\d  gone  ${fingerprint(KEY).replaceAll("+", "\\+")}$`, "m"));
    simulator.faults.set({ fault: "403", path: "region" });
    await until(/METADATA_STATUS: .*; hint: /);
    child.kill("SIGINT");
    expect(await once(child, "exit")).toEqual([0, null]);
    expect(said()).not.toContain("\x1b");
  });

  test("a key that expires while it is served changes to refused", async () => {
    const { simulator } = one();
    const { until } = watch("bob");
    simulator.push({ user: "bob", publicKey: KEY, lifetimeSeconds: 3, lingerSeconds: 60 });
    await until(/pushed {2}accepted/);
    await until(/now {2}refused {2}\S+ {2}expired: /);
  });

  test("with --json a whole explanation for each change", async () => {
    const { simulator } = one();
    const { until, said } = watch("carol", "--json");
    await until(/no-keys.*\n/);
    simulator.push({ user: "carol", publicKey: KEY });
    await until(/"accepted":1.*\n/);
    const told = said()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Explanation);
    expect(told.map(({ answer }) => answer.kind)).toEqual(["no-keys", "judged"]);
  });

  test("SIGTERM ends it, too, and so does a reader that goes away", async () => {
    const { child, until } = watch("dave");
    await until(/no key/);
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);

    const other = watch("dave");
    await other.until(/no key/);
    other.child.stdout?.destroy();
    one().simulator.push({ user: "dave", publicKey: KEY });
    expect(await once(other.child, "exit")).toEqual([0, null]);
  });

  test("there is at most one call every two seconds", async () => {
    const { simulator } = one();
    const { child, until } = watch("erin");
    await until(/no key/);
    simulator.requests.splice(0);
    simulator.push({ user: "erin", publicKey: KEY });
    await until(/pushed/);
    child.kill("SIGINT");
    await once(child, "exit");
    // At most two looks lead from the output without the key to the output with it, of nine requests each.
    expect(simulator.requests.length).toBeLessThanOrEqual(18);
  });
});

describeWith("terminal", "on a terminal", () => {
  test("the screen is redrawn, counts down, and keeps keys that have gone with their time", async () => {
    const { simulator } = one();
    const words = ["explain", "grace", "--watch", "--no-sshd", "--config", one().config];
    const line = [...PROGRAM, ...words].map((word) => `'${word}'`).join(" ");
    const { said, until } = started(["script", "-qec", `stty cols 100; exec ${line}`, "/dev/null"], { TERM: "xterm" });
    await until(/grace on i-0abcdef1234567890, .* every 2 s, Ctrl-C ends/);
    simulator.push({ user: "grace", publicKey: KEY, lifetimeSeconds: 5 });
    const [, first] = await until(/accepted {2}SHA256:\S+ {2}(\d) s left/);
    await until(new RegExp(`accepted  SHA256:\\S+  ${Number(first) - 1} s left`));
    await until(/gone {6}SHA256:\S+ {2}at \d\d:\d\d:\d\d/);
    expect(said()).toMatch(/\x1b\[\d+A\x1b\[J/);
  });
});
