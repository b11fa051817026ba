/** What the service as a process writes, from the built bundle: its records, and the text of a bug. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { command, run } from "../support/agent.ts";
import { fingerprint, KEY } from "../support/keys.ts";
import { isExecutable } from "../support/program.ts";
import { startService } from "../support/service.ts";
import { simulated } from "../support/simulated.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const one = simulated();
const FINGERPRINT = fingerprint(KEY);
const YES = { status: 0, lines: `${KEY}\n` };

// The bug is injected with an option of Node, and the executable accepts no such option.
if (!isExecutable)
  describe("a bug", () => {
    /** Runs the service with a script that Node loads before it. */
    const runWith = (text: string) => {
      const at = temporaryFolder();
      const bug = join(at, "bug.cjs");
      writeFileSync(bug, text);
      const [program = "", ...words] = command("serve", "--socket", join(at, "s"), "--config", one().config);
      return run([program, "--require", bug, ...words]);
    };

    test("outside of any call ends the service with a status that systemd takes for a failure, and without its text", async () => {
      const { status, stderr } = await runWith('setTimeout(() => { throw new TypeError("TOKEN-AND-KEY"); }, 300);\n');
      expect(status).toBe(1);
      expect(stderr).toMatch(/^service-crashed error="TypeError at .*"\n$/);
      expect(stderr).not.toContain("TOKEN-AND-KEY");
    });

    test("in an unhandled rejection does, too", async () => {
      const { status, stderr } = await runWith('setTimeout(() => void Promise.reject(new RangeError("x")), 300);\n');
      expect({ status, begins: stderr.slice(0, 33) }).toEqual({
        status: 1,
        begins: 'service-crashed error="RangeError',
      });
    });
  });

describe("standard output", () => {
  test("has a severity before each line if it is the journal, and only then", async () => {
    const words = command("serve", "--socket", join(temporaryFolder(), "s"), "--config", one().config);
    for (const stream of ["$(stat -L -c %d:%i /proc/$$/fd/1)", "8:1"]) {
      const script = `JOURNAL_STREAM=${stream} exec "$@"`;
      const child = spawn("sh", ["-c", script, "sh", ...words], { stdio: ["ignore", "pipe", "inherit"] });
      onTestFinished(() => void child.kill("SIGKILL"));
      const [text] = await once(child.stdout, "data");
      expect(String(text)).toMatch(stream === "8:1" ? /^service-ready / : /^<6>service-ready /);
      child.kill("SIGTERM");
      await once(child, "exit");
    }
  });

  test("has a record of each key that is passed to sshd, and one for each minute of repeated events", async () => {
    const { simulator, settings } = one();
    const service = await startService(await settings({ audit: { target: "journal" } }));
    simulator.push({
      user: "recorded",
      publicKey: KEY,
      caller: "arn:aws:iam::111122223333:user/bob",
      requestId: "r-1",
    });
    for (let i = 0; i < 3; i += 1) expect(await service.ask("recorded", FINGERPRINT)).toEqual(YES);
    simulator.push({ user: "mallory", publicKey: KEY, instance: "i-00000000000000000" });
    for (let i = 0; i < 3; i += 1) await service.ask("mallory", FINGERPRINT);
    simulator.faults.set({ fault: "503", path: "keys" });
    for (let i = 0; i < 4; i += 1) expect((await service.ask(`user-${i}`)).status).toBe(1);
    const { records } = await service.status();
    expect(records).toEqual({ counted: 2 + 3, written: 3 + 1 + 1 });
    service.child.kill("SIGTERM");
    await service.ended;
    const events = service.said.map((line) => line.split(" ")[0]);
    const times = (event: string) => events.filter((one) => one === event).length;
    expect(times("key-offered-to-sshd")).toBe(3);
    expect(service.said).toContainEqual(
      expect.stringMatching(
        /^key-offered-to-sshd user=recorded fingerprint=\S+ caller=arn:aws:iam::111122223333:user\/bob request_id=r-1 expires=\S+ seconds_left=\d+$/,
      ),
    );
    // Logged at once, and at the end with the number of further ones.
    const refusals = service.said.filter((line) => line.startsWith("key-refused user=mallory"));
    expect(refusals.map((line) => / count=(\d+)$/.exec(line)?.[1])).toEqual([undefined, "2"]);
    const faults = service.said.filter((line) => line.startsWith("fault "));
    expect(faults.map((line) => / count=(\d+)$/.exec(line)?.[1])).toEqual([undefined, "3"]);
    expect(faults[1]).toContain("user=user-3");
  });

  test("that is closed ends the service, and with [audit] required no key is returned before that", async () => {
    const { simulator, settings } = one();
    simulator.push({ user: "alice", publicKey: KEY });
    const config = await settings({ audit: { target: "journal", required: true } });
    const service = await startService(config);
    expect(await service.ask("alice", FINGERPRINT)).toEqual(YES);
    service.child.stdout?.destroy();
    const after = await service.ask("alice", FINGERPRINT);
    expect(after.lines).toBe("");
    expect(await service.ended).toBe(1);
  });
});
