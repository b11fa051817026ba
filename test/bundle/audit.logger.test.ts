/** logger(1) as the built bundle starts it for a record: its surroundings, and if the call waits for it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { agent, run } from "../support/agent.ts";
import { cannotMount, folder, inside, syslog, withLogger } from "../support/host-log.ts";
import { fingerprint, KEY, keyLine } from "../support/keys.ts";
import { isExecutable } from "../support/program.ts";
import { simulated } from "../support/simulated.ts";
import { until } from "../support/until.ts";
import { INFO, parsed, recordingIn, WARNING } from "./audit-records.ts";

const one = simulated();
const recording = recordingIn(one);

describe.skipIf(cannotMount)("logger", () => {
  /** Returns a script that records its arguments, environment, directory, descriptors, process group and input. */
  const keeping = (at: string) => `
    printf '%s\\n' "$@" >'${at}/arguments'; env >'${at}/environment'; pwd >'${at}/pwd'
    /bin/sh -c "ls -l /proc/$$/fd >'${at}/descriptors'"
    cut -d' ' -f5,6 /proc/$$/stat >'${at}/group'; cat >'${at}/text'; echo >'${at}/done'`;
  const kept = async (at: string, name: string): Promise<string> => {
    while (!existsSync(join(at, "done"))) await new Promise((next) => setTimeout(next, 10));
    return readFileSync(join(at, name), "utf8");
  };

  test("gets the record on its standard input, but not our arguments, variables or descriptors", async () => {
    const at = folder();
    one().simulator.push({ user: "sole", publicKey: KEY });
    const words = agent(await recording(), "sole", fingerprint(KEY));
    // sshd closes all descriptors before it starts the command. Descriptor 7 is a further one of the pipe it waits for.
    const sshd = ["perl", "-e", "use POSIX; POSIX::close($_) for 3..1023; POSIX::dup2(1, 7); exec @ARGV"];
    await run(inside(withLogger(at, keeping(at)), [...sshd, ...words]), { SECRET: "x" });
    expect(await kept(at, "arguments")).toBe("-t\neic-agent\n-p\nauthpriv.info\n--size\n8KiB\n--socket-errors=on\n");
    expect(await kept(at, "text")).toMatch(/^key-offered-to-sshd user=sole [^\n]+\n$/);
    // sh itself sets these variables.
    expect((await kept(at, "environment")).split("\n").filter((line) => !/^(PWD=|_=|OLDPWD=|$)/.test(line))).toEqual(
      [],
    );
    expect(await kept(at, "pwd")).toBe("/\n");
    const descriptors = [...(await kept(at, "descriptors")).matchAll(/(\d+) -> (.*)/g)];
    expect(descriptors.map(([, number, what]) => `${number} ${what?.replace(/\d{2,}/, "n")}`).toSorted()).toEqual([
      "0 socket:[n]",
      "1 /dev/null",
      // The script itself, opened by sh.
      "10 /usr/bin/logger",
      "2 /dev/null",
    ]);
    const [group, session] = (await kept(at, "group")).trim().split(" ");
    expect(group).toBe(session);
  });

  test("that is slow delays neither the exit nor the end of the output", async () => {
    const at = folder();
    one().simulator.push({ user: "alice", publicKey: KEY });
    const words = agent(await recording(), "alice", fingerprint(KEY));
    const slow = `until [ -e '${at}/go' ]; do sleep 0.02; done; cat >/dev/null`;
    // logger ends only after the call has ended: a call that waited for it would never end.
    const { status, stdout } = await run(inside(withLogger(at, slow), words));
    writeFileSync(join(at, "go"), "");
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${KEY}\n` });
  });

  // Only for the bundle: the executable has no separate file for the audit.
  if (!isExecutable)
    test("is not started if there is nothing to record, and no audit code is loaded", async () => {
      const at = folder();
      for (const name of readdirSync("dist")) {
        if (name.startsWith("eic-agent") && name !== "eic-agent-audit.cjs")
          copyFileSync(join("dist", name), join(at, name));
      }
      one().simulator.push({ user: "alice", publicKey: KEY });
      const [node = "", , ...words] = agent(await recording({ required: true }), "nobody", fingerprint(KEY));
      const setup = withLogger(at, `echo >'${at}/started'`);
      const call = (user: string, offered: string) =>
        run(inside(setup, [node, join(at, "eic-agent.cjs"), ...words.slice(0, -2), user, offered]));
      for (const { user, offered } of [
        { user: "nobody", offered: fingerprint(KEY) },
        { user: "alice", offered: fingerprint(keyLine("an ordinary key of an ordinary login")) },
        { user: "a/b", offered: fingerprint(KEY) },
      ]) {
        expect(await call(user, offered)).toMatchObject({ status: 0, stdout: "", stderr: "" });
      }
      // The missing bundle would have been noticed:
      expect(await call("alice", fingerprint(KEY))).toMatchObject({ status: 1, stdout: "" });
      expect(existsSync(join(at, "started"))).toBe(false);
    });

  test('is not started if the target is "none"', async () => {
    const at = folder();
    one().simulator.push({ user: "alice", publicKey: KEY });
    const words = agent(await recording({ target: "none" }), "alice", fingerprint(KEY));
    await run(inside(withLogger(at, `echo >'${at}/started'`), words));
    expect(existsSync(join(at, "started"))).toBe(false);
  });
});

describe.skipIf(cannotMount)("with required = true", () => {
  test("a key is passed to sshd after logger has succeeded, and not before", async () => {
    const at = folder();
    one().simulator.push({ user: "alice", publicKey: KEY });
    const words = agent(await recording({ required: true }), "alice", fingerprint(KEY));
    const body = `cat >/dev/null; until [ -e '${at}/go' ]; do sleep 0.02; done`;
    const [program = "", ...rest] = inside(withLogger(at, `echo >'${at}/started'; ${body}`), words);
    const child = spawn(program, rest, { stdio: ["ignore", "pipe", "ignore"] });
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text;
    });
    await until(() => existsSync(join(at, "started")), child);
    expect(stdout).toBe("");
    writeFileSync(join(at, "go"), "");
    expect(await once(child, "close")).toEqual([0, null]);
    expect(stdout).toBe(`${KEY}\n`);
  });

  test("a logger that hangs is ended: no record comes after the key was refused", async () => {
    const at = folder();
    one().simulator.push({ user: "alice", publicKey: KEY });
    const config = await one().settings({
      metadata: { deadline_ms: 1000 },
      audit: { target: "syslog", required: true },
    });
    const body = `echo $$ >'${at}/pid'; exec sleep 600`;
    const words = agent(config, "alice", fingerprint(KEY));
    expect(await run(inside(withLogger(at, body), words))).toMatchObject({ status: 1, stdout: "" });
    const stat = `/proc/${readFileSync(join(at, "pid"), "utf8").trim()}/stat`;
    // The process no longer exists, or is a zombie that its new parent has not yet reaped.
    while (existsSync(stat) && !/\) Z /.test(readFileSync(stat, "utf8")))
      await new Promise((next) => setTimeout(next, 10));
  });

  test("a record of each kind is written, and the key is passed to sshd", async () => {
    const log = await syslog(folder());
    one().simulator.push({ user: "both", publicKey: KEY });
    one().simulator.push({ raw: true, user: "both", keyLine: `restrict ${KEY}` });
    const words = agent(await recording({ required: true }), "both", fingerprint(KEY));
    expect(await run(inside(log.setup, words))).toMatchObject({ status: 0, stdout: `${KEY}\n` });
    const seen = (await log.messages(2))
      .map(parsed)
      .map(({ priority, text }) => `${priority} ${text.split(" ", 1)[0]}`);
    expect(seen.toSorted()).toEqual([`${WARNING} key-refused`, `${INFO} key-offered-to-sshd`]);
  });
});
