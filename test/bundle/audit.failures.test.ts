/** Calls through the built bundle on hosts on which the log cannot be written. */
import { describe, expect, test } from "vitest";
import { agent, run, runOnTerminal } from "../support/agent.ts";
import { cannotMount, folder, inside, syslog, withLogger, withoutLogger, withoutSyslog } from "../support/host-log.ts";
import { fingerprint, KEY } from "../support/keys.ts";
import { simulated } from "../support/simulated.ts";
import { within } from "../support/slack.ts";
import { recordingIn } from "./audit-records.ts";

const one = simulated();
const recording = recordingIn(one);

/** Hosts on which the log cannot be written. Each failure is real. */
const BROKEN: { title: string; message: RegExp; setup: (at: string) => string | Promise<string> }[] = [
  { title: "logger is missing", message: /\/usr\/bin\/logger: spawn \/usr\/bin\/logger ENOENT/, setup: withoutLogger },
  { title: "/dev/log is missing", message: /\/usr\/bin\/logger: ended with 1/, setup: withoutSyslog },
  {
    title: "/dev/log is full",
    message: /\/usr\/bin\/logger: not done within \d+/,
    setup: async (at) => (await syslog(at, "hangs")).setup,
  },
  { title: "logger fails", message: /\/usr\/bin\/logger: ended with 3/, setup: (at) => withLogger(at, "exit 3") },
  {
    title: "logger is killed",
    message: /\/usr\/bin\/logger: ended with SIGKILL/,
    setup: (at) => withLogger(at, "kill -9 $$"),
  },
  {
    title: "logger may not be run",
    message: /\/usr\/bin\/logger: spawn \/usr\/bin\/logger EACCES/,
    setup: () => "mount --bind /etc/passwd /usr/bin/logger",
  },
];

/** Deadline of a call in milliseconds, as in the contract (README). */
const DEADLINE = 4000;

describe.skipIf(cannotMount)("if the log cannot be written", () => {
  test.each(BROKEN)("because $title, the login works", async ({ setup }) => {
    one().simulator.push({ user: "alice", publicKey: KEY });
    const words = agent(await recording(), "alice", fingerprint(KEY));
    const { status, stdout, stderr, milliseconds } = await run(inside(await setup(folder()), words));
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: `${KEY}\n`, stderr: "" });
    expect(milliseconds).toBeLessThan(await within(DEADLINE));
  });

  test.each(BROKEN)(
    "because $title, required = true passes no key to sshd: AUDIT_FAILED",
    async ({ setup, message }) => {
      one().simulator.push({ user: "alice", publicKey: KEY });
      const words = agent(await recording({ required: true }), "alice", fingerprint(KEY));
      const { status, stdout, told, milliseconds } = await runOnTerminal(inside(await setup(folder()), words));
      expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
      expect(told).toMatch(/^eic-agent: AUDIT_FAILED: no record could be written: /m);
      expect(told).toMatch(message);
      expect(milliseconds).toBeLessThan(await within(DEADLINE));
    },
  );

  test("a terminal gets the reason", async () => {
    one().simulator.push({ user: "alice", publicKey: KEY });
    const words = agent(await recording(), "alice", fingerprint(KEY));
    const { stdout, told } = await runOnTerminal(inside(withoutLogger(folder()), words));
    expect(stdout).toBe(`${KEY}\n`);
    expect(told).toContain("eic-agent: not recorded in the log: /usr/bin/logger: spawn /usr/bin/logger ENOENT\n");
  });

  test("because the journal is missing, the login works, and with required = true it does not", async () => {
    one().simulator.push({ user: "alice", publicKey: KEY });
    for (const { required, gives } of [
      { required: false, gives: { status: 0, stdout: `${KEY}\n` } },
      { required: true, gives: { status: 1, stdout: "" } },
    ]) {
      const words = agent(await recording({ target: "journal", required }), "alice", fingerprint(KEY));
      expect(await run(inside("mount -t tmpfs none /run", words))).toMatchObject(gives);
    }
  });

  test("a call that takes all its time and its record are within the deadline together", async () => {
    one().simulator.faults.set({ fault: "hang", path: "token" });
    const config = await one().settings({
      metadata: { deadline_ms: 500 },
      audit: { target: "syslog", required: true },
    });
    const { setup } = await syslog(folder(), "hangs");
    const { status, milliseconds } = await run(inside(setup, agent(config, "alice")));
    expect(status).toBe(1);
    expect(milliseconds).toBeLessThan(await within(500));
  });
});
