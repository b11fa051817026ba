/** The audit through the built bundle: records in a real syslog socket and in a real journal. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { agent, run } from "../support/agent.ts";
import { cannotMount, cannotRunJournal, folder, inside, syslog, withJournal } from "../support/host-log.ts";
import { fingerprint, KEY, keyLine } from "../support/keys.ts";
import { simulated } from "../support/simulated.ts";
import { INFO, parsed, recordingIn, WARNING } from "./audit-records.ts";

const one = simulated();
const recording = recordingIn(one);
const CALLER = "arn:aws:sts::111122223333:assumed-role/Admin/alice@example.org";

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
