/** The audit through the built bundle: records in a real syslog socket and a real journal, and their cost for a login. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { agent, run, runOnTerminal } from "../support/agent.ts";
import {
  cannotMount,
  cannotRunJournal,
  folder,
  inside,
  syslog,
  withJournal,
  withLogger,
  withoutLogger,
  withoutSyslog,
} from "../support/host-log.ts";
import { fingerprint, KEY, keyLine } from "../support/keys.ts";
import { isExecutable } from "../support/program.ts";
import { simulated } from "../support/simulated.ts";
import { within } from "../support/slack.ts";
import { until } from "../support/until.ts";

const one = simulated();
const CALLER = "arn:aws:sts::111122223333:assumed-role/Admin/alice@example.org";

/** Returns settings with audit records, which other tests turn off. */
const recording = (audit: object = {}) => one().settings({ audit: { target: "syslog", ...audit } });

/** Parses a syslog message: the text after `<86>Nov 22 03:15:00 eic-agent: `, and the number in front. */
function parsed(message: string): { priority: number; text: string } {
  const [, priority, text] = /^<(\d+)>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d eic-agent: (.*)$/.exec(message) ?? [];
  if (priority === undefined || text === undefined) throw new Error(`no syslog message: ${message}`);
  return { priority: Number(priority), text };
}

/** syslog(3): LOG_AUTHPRIV is 10 << 3; LOG_INFO 6, LOG_WARNING 4. */
const INFO = 86;
const WARNING = 84;

describe.skipIf(cannotMount)("a record in syslog", () => {
  test("is made of a key that is passed to sshd, with its caller and end", async () => {
    const log = await syslog(folder());
    const { requestId, expires } = one().simulator.push({ user: "alice", publicKey: KEY, caller: CALLER });
    const words = agent(await recording(), "alice", fingerprint(KEY));
    expect(await run(inside(log.setup, words))).toMatchObject({ status: 0, stdout: `${KEY}\n`, stderr: "" });

    const { priority, text } = parsed((await log.messages(1))[0] ?? "");
    const [, secondsLeft = "none"] = / seconds_left=(\d+)$/.exec(text) ?? [];
    expect({ priority, text }).toEqual({
      priority: INFO,
      text:
        `key-offered-to-sshd user=alice fingerprint=${fingerprint(KEY)} caller=${CALLER} request_id=${requestId} ` +
        `expires=${expires.toISOString()} seconds_left=${secondsLeft}`,
    });
    expect(Number(secondsLeft)).toBeLessThan(60);
    expect(text).not.toContain(KEY.split(" ")[1]);
  });

  test("without a fingerprint is made of each accepted key and of no refusal, since the offered key is unknown", async () => {
    const log = await syslog(folder());
    const keys = ["one", "two"].map(keyLine);
    for (const publicKey of keys) one().simulator.push({ user: "several", publicKey });
    one().simulator.push({ raw: true, user: "several", keyLine: `command="x" ${keyLine("three")}` });
    one().simulator.push({ user: "several", publicKey: keyLine("four") });
    await run(inside(log.setup, agent(await recording(), "several")));
    const seen = (await log.messages(3)).map((message) => parsed(message).text.split(" ").slice(0, 3).join(" "));
    expect(seen).toEqual(
      [...keys, keyLine("four")].map((key) => `key-offered-to-sshd user=several fingerprint=${fingerprint(key)}`),
    );
  });

  test("names the key as sshd does if sshd uses MD5", async () => {
    const log = await syslog(folder());
    one().simulator.push({ user: "old", publicKey: KEY });
    const md5 = (await run(["sh", "-c", `echo '${KEY}' | ssh-keygen -l -E md5 -f -`])).stdout.split(" ")[1] ?? "";
    await run(inside(log.setup, agent(await recording(), "old", md5)));
    expect(parsed((await log.messages(1))[0] ?? "").text).toContain(` fingerprint=${md5} `);
  });

  test("is made of the offered key when it is refused, with the reason and its facts, as a warning", async () => {
    const log = await syslog(folder());
    const fields = [
      "#Timestamp=1000000000",
      `#Instance=${one().simulator.instanceId}`,
      `#Caller=${CALLER}`,
      "#Request=r-1",
    ];
    one().simulator.push({ raw: true, user: "late", keyLine: KEY, fields });
    const words = agent(await recording(), "late", fingerprint(KEY));
    expect(await run(inside(log.setup, words))).toMatchObject({ status: 0, stdout: "", stderr: "" });
    const { priority, text } = parsed((await log.messages(1))[0] ?? "");
    expect(priority).toBe(WARNING);
    expect(text).toMatch(
      new RegExp(
        `^key-refused user=late fingerprint=\\S+ reason=expired caller=${CALLER} request_id=r-1 ` +
          "at=2001-09-09T01:46:40\\.000Z now=\\d{4}-\\S+Z$",
      ),
    );
  });

  test("does not name the caller of a key with an invalid signature", async () => {
    const log = await syslog(folder());
    const fields = ["#Timestamp=1999999999", "#Instance=i-1", "#Caller=arn:aws:iam::1:user/forged", "#Request=forged"];
    one().simulator.push({ raw: true, user: "forged", keyLine: KEY, fields, signature: () => Buffer.alloc(256, 1) });
    await run(inside(log.setup, agent(await recording(), "forged", fingerprint(KEY))));
    const { text } = parsed((await log.messages(1))[0] ?? "");
    expect(text).toMatch(
      /^key-refused user=forged fingerprint=\S+ reason=bad-signature signer=managed-ssh-signer\.\S+$/,
    );
  });

  test("is made of a Fault, with code, message and hint", async () => {
    const log = await syslog(folder());
    one().simulator.faults.set({ fault: "404", path: "token" });
    const words = agent(await recording(), "alice", "SHA256:x");
    expect(await run(inside(log.setup, words))).toMatchObject({ status: 1, stdout: "", stderr: "" });
    const { priority, text } = parsed((await log.messages(1))[0] ?? "");
    expect(priority).toBe(WARNING);
    expect(text).toMatch(
      /^fault user=alice fingerprint=SHA256:x code=METADATA_STATUS message="\/latest\/api\/token: status 404" hint="[^"]+"$/,
    );
  });

  test("is made of settings that cannot be read, in the usual way", async () => {
    const at = folder();
    const log = await syslog(at);
    const config = join(at, "broken.toml");
    writeFileSync(config, '[audit]\ntarget = "nowhere"\n', { mode: 0o644 });
    expect(await run(inside(log.setup, agent(config, "alice")))).toMatchObject({ status: 1, stdout: "" });
    expect(parsed((await log.messages(1))[0] ?? "").text).toContain(" code=SETTINGS_INVALID ");
  });

  test("is made of an answer that could not be written", async () => {
    const log = await syslog(folder());
    one().simulator.push({ user: "full", publicKey: KEY });
    const words = agent(await recording(), "full", fingerprint(KEY));
    const script = ["sh", "-c", `exec "$0" "$@" >/dev/full`, ...words];
    expect(await run(inside(log.setup, script))).toMatchObject({ status: 1, stderr: "" });
    const texts = (await log.messages(2)).map((message) => parsed(message).text);
    expect(texts[0]).toMatch(/^key-offered-to-sshd user=full /);
    expect(texts[1]).toMatch(/^fault user=full .* code=OUTPUT_FAILED /);
  });

  test("is made of a chained command that did not answer, in addition to the key, and of none that answered", async () => {
    const log = await syslog(folder());
    one().simulator.push({ user: "chained", publicKey: KEY });
    const words = agent(await recording(), "chained", fingerprint(KEY), "--");
    for (const other of ["/usr/bin/true", "/usr/bin/false"]) {
      expect(await run(inside(log.setup, [...words, other]))).toMatchObject({ status: 0, stdout: `${KEY}\n` });
    }
    const texts = (await log.messages(3)).map((message) => parsed(message).text);
    expect(texts.filter((text) => !text.startsWith("key-offered-to-sshd user=chained "))).toEqual([
      `chained-command-failed user=chained fingerprint=${fingerprint(KEY)} program=/usr/bin/false ` +
        'message="it exited with 1"',
    ]);
  });

  test("is one line in which no session name can forge a field", async () => {
    const log = await syslog(folder());
    const session = `x" user=root event=login \\ \u00e9\u009b31m ${"y".repeat(2000)}`;
    const fields = [
      `#Timestamp=${Math.floor(Date.now() / 1000) + 50}`,
      `#Instance=${one().simulator.instanceId}`,
      `#Caller=arn:aws:sts::1:assumed-role/R/${session}`,
    ];
    one().simulator.push({ raw: true, user: "eve", keyLine: KEY, fields });
    await run(inside(log.setup, agent(await recording(), "eve", fingerprint(KEY))));
    const { text } = parsed((await log.messages(1))[0] ?? "");
    expect(text).toMatch(/^[\x20-\x7e]+$/);
    const [, caller = ""] = / caller=("(?:[^"\\]|\\.)*") expires=/.exec(text) ?? [];
    expect(caller.length).toBeLessThanOrEqual(512);
    expect(JSON.parse(caller)).toMatch(/^arn:aws:sts::1:assumed-role\/R\/x" user=root event=login \\ .*y…$/);
  });

  test("is one message, even if every value has its greatest length", async () => {
    const log = await syslog(folder());
    const long = "\u0001".repeat(250);
    const words = agent(await recording(), long.replaceAll("\u0001", "ü").slice(0, 120), "ü".repeat(600));
    one().simulator.faults.set({ fault: "404", path: "token" });
    await run(inside(log.setup, words));
    const messages = await log.messages(1);
    expect(messages).toHaveLength(1);
    expect(parsed(messages[0] ?? "").text.length).toBeGreaterThan(1024);
  });

  test("is JSON if set, with the same fields", async () => {
    const log = await syslog(folder());
    const { requestId } = one().simulator.push({ user: "json", publicKey: KEY, caller: CALLER });
    await run(inside(log.setup, agent(await recording({ format: "json" }), "json", fingerprint(KEY))));
    expect(JSON.parse(parsed((await log.messages(1))[0] ?? "").text)).toEqual({
      level: "info",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      event: "key-offered-to-sshd",
      user: "json",
      fingerprint: fingerprint(KEY),
      caller: CALLER,
      request_id: requestId,
      expires: expect.stringMatching(/Z$/),
      seconds_left: expect.any(Number),
    });
  });
});

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

/** Hosts on which the log cannot be written. Each failure is real. */
const BROKEN: { title: string; says: RegExp; setup: (at: string) => string | Promise<string> }[] = [
  { title: "logger is missing", says: /\/usr\/bin\/logger: spawn \/usr\/bin\/logger ENOENT/, setup: withoutLogger },
  { title: "/dev/log is missing", says: /\/usr\/bin\/logger: ended with 1/, setup: withoutSyslog },
  {
    title: "/dev/log is full",
    says: /\/usr\/bin\/logger: not done within \d+/,
    setup: async (at) => (await syslog(at, "hangs")).setup,
  },
  { title: "logger fails", says: /\/usr\/bin\/logger: ended with 3/, setup: (at) => withLogger(at, "exit 3") },
  {
    title: "logger is killed",
    says: /\/usr\/bin\/logger: ended with SIGKILL/,
    setup: (at) => withLogger(at, "kill -9 $$"),
  },
  {
    title: "logger may not be run",
    says: /\/usr\/bin\/logger: spawn \/usr\/bin\/logger EACCES/,
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

  test.each(BROKEN)("because $title, required = true passes no key to sshd: AUDIT_FAILED", async ({ setup, says }) => {
    one().simulator.push({ user: "alice", publicKey: KEY });
    const words = agent(await recording({ required: true }), "alice", fingerprint(KEY));
    const { status, stdout, told, milliseconds } = await runOnTerminal(inside(await setup(folder()), words));
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(told).toMatch(/^eic-agent: AUDIT_FAILED: no record could be written: /m);
    expect(told).toMatch(says);
    expect(milliseconds).toBeLessThan(await within(DEADLINE));
  });

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

describe.skipIf(cannotRunJournal)("a record in the journal", () => {
  test("has our name, the facility authpriv and the severity of its event", async () => {
    const at = folder();
    one().simulator.push({ user: "journal", publicKey: KEY });
    one().simulator.push({ raw: true, user: "journal", keyLine: `restrict ${KEY}` });
    const words = agent(await recording({ target: "journal", required: true }), "journal", fingerprint(KEY));
    const { status, stdout } = await run(withJournal(at, words));
    expect(status).toBe(0);
    const [line, ...entries] = stdout.trim().split("\n");
    expect(line).toBe(KEY);
    expect(entries.map((entry) => JSON.parse(entry))).toEqual([
      expect.objectContaining({
        SYSLOG_IDENTIFIER: "eic-agent",
        SYSLOG_FACILITY: "10",
        PRIORITY: "6",
        _TRANSPORT: "stdout",
        // No _PID, _EXE and the like: journald reads them from the process, which may have ended by then.
        MESSAGE: expect.stringMatching(/^key-offered-to-sshd user=journal /),
      }),
      expect.objectContaining({
        SYSLOG_FACILITY: "10",
        PRIORITY: "4",
        MESSAGE: expect.stringMatching(/^key-refused user=journal .* reason=key-options .*before=restrict$/),
      }),
    ]);
  });
});
