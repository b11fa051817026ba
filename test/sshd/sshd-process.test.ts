/**
 * The running sshd and `eic-agent sshd enable`: sshd reads its files again. It is restarted if a reload would not suffice or
 * would end it. A connection that is open stays open throughout.
 */
import { rmSync } from "node:fs";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { outputOf } from "../support/namespace-output.ts";
import { describeWith } from "../support/needs.ts";
import { newKey } from "../support/sshd-keys.ts";
import { DROP_IN, FOLDER, INCLUDE, MAIN } from "./enable-cases.ts";
import { AWS, openWiredHost, type WiredHost } from "./wired-host.ts";

const SERVICE = "ActiveState=active\nKillMode=process\nNeedDaemonReload=no";
const SOCKET = "ActiveState=active\nAccept=no";

describeWith("sshd", "the running sshd", () => {
  let host: WiredHost;
  beforeAll(async () => {
    host = await openWiredHost();
  });
  afterEach(() => host.stop().catch(() => undefined));
  afterAll(() => host.close());

  const text = ({ stdout, stderr }: { stdout: string; stderr: string }) =>
    stdout.replace(/\n {12}(?=\S)/g, " ") + stderr;
  const mainTimes = () =>
    host.namespace.mustRun(["stat", "-c", "%Y %Z %i", "/run/sshd.pid", DROP_IN]).then(({ stdout }) => stdout);

  test("is reloaded by systemd, once; a second time nothing is done", async () => {
    host.lay({ [MAIN]: INCLUDE });
    host.systemd({ "ssh.service": SERVICE });
    const pid = await host.start();
    expect(text(await host.sshd("enable"))).toMatch(/^in force +now: sshd was reloaded/m);
    expect(host.asked()).toEqual(["reload ssh.service"]);
    const before = await mainTimes();
    const again = text(await host.sshd("enable"));
    expect(again).toMatch(/^unchanged .*already/m);
    expect(again).toMatch(/^in force +now: the running sshd/m);
    expect(host.asked()).toEqual(["reload ssh.service"]);
    expect(await mainTimes()).toBe(before);
    expect(await host.sshd("status")).toMatchObject({ status: 0 });
    expect(text(await host.sshd("disable"))).toMatch(/^in effect +now: sshd was reloaded/m);
    expect(host.asked()).toEqual(["reload ssh.service", "reload ssh.service"]);
    expect((await host.namespace.mustRun(["cat", "/run/sshd.pid"])).stdout.trim()).toBe(String(pid));
  });

  test("is restarted behind a socket, and a connection stays open", async () => {
    const { namespace } = host;
    host.lay({ [MAIN]: `${INCLUDE}AuthorizedKeysFile /etc/keys-of-the-test\n` });
    const key = await newKey(namespace);
    namespace.write("/etc/keys-of-the-test", `${key.line}\n`);
    host.systemd({ "ssh.service": SERVICE, "ssh.socket": SOCKET });
    const pid = await host.start();
    const options = [
      "-F",
      "none",
      "-o",
      "BatchMode=yes",
      "-o",
      "StrictHostKeyChecking=no",
      "-o",
      "UserKnownHostsFile=/dev/null",
    ];
    const open = namespace.start([
      "ssh",
      ...options,
      "-i",
      key.path,
      "-l",
      "alice",
      "127.0.0.1",
      "echo in; until [ -e /tmp/enough ]; do sleep 0.05; done; echo still",
    ]);
    if (open.stdout === null) throw new Error("started without pipes");
    const said = outputOf("ssh", open.stdout);
    await said.line(/^in$/);
    expect(text(await host.sshd("enable"))).toMatch(/^in force +now: sshd was restarted, open connections stay/m);
    expect(host.asked()).toEqual(["reset-failed ssh.service", "try-restart ssh.service"]);
    expect((await namespace.mustRun(["cat", "/run/sshd.pid"])).stdout.trim()).not.toBe(String(pid));
    namespace.write("/tmp/enough", "");
    await said.line(/^still$/);
    rmSync(namespace.outside("/etc/keys-of-the-test"));
  });

  test("is restarted if its command line is that of AWS's override, which no longer exists", async () => {
    host.lay({ [MAIN]: INCLUDE });
    host.systemd({ "ssh.service": SERVICE.replace("NeedDaemonReload=no", "NeedDaemonReload=yes") });
    await host.start("-o", `AuthorizedKeysCommand ${AWS} %u %f`, "-o", "AuthorizedKeysCommandUser nobody");
    const plain = await host.sshd("enable");
    expect(plain.status).toBe(1);
    expect(text(plain)).toMatch(/AWS's ec2-instance-connect package, as nobody, by sshd's command line/);
    expect(text(await host.sshd("enable", "--replace-aws"))).toMatch(/^in force +now: sshd was restarted/m);
    expect(host.asked()).toEqual(["reset-failed ssh.service", "daemon-reload", "try-restart ssh.service"]);
    expect(await host.sshd("status")).toMatchObject({ status: 0 });
  });

  test("is not restarted if that would end connections", async () => {
    host.lay({ [MAIN]: INCLUDE });
    host.systemd({ "ssh.service": SERVICE.replace("process", "control-group"), "ssh.socket": SOCKET });
    await host.start();
    const told = await host.sshd("enable");
    expect(text(told)).toMatch(
      /KillMode would end open connections.*To reload it: systemctl try-restart ssh\.service$/m,
    );
    expect(told.status).toBe(0);
    expect(host.asked()).toEqual([]);
  });

  test.each([
    { title: "a reload", units: { "ssh.service": SERVICE }, command: "systemctl reload ssh.service" },
    {
      title: "a restart behind a socket",
      units: { "ssh.service": SERVICE, "ssh.socket": SOCKET },
      command: "systemctl try-restart ssh.service",
    },
    { title: "a signal", units: undefined, command: "kill -HUP" },
  ])("is left running if its host keys are gone, because $title would end it", async ({ units, command }) => {
    host.lay({ [MAIN]: INCLUDE });
    if (units !== undefined) host.systemd(units);
    const pid = await host.start();
    await host.namespace.mustRun(["sh", "-c", "rm /etc/ssh/ssh_host_*"]);
    const told = await host.sshd("enable");
    expect(text(told)).toMatch(/it would end and not start again; correct that first \(.*host ?keys/);
    expect(told.stdout).toContain(command);
    expect(told.status).toBe(1);
    expect(host.asked()).toEqual([]);
    expect((await host.namespace.mustRun(["cat", "/run/sshd.pid"])).stdout.trim()).toBe(String(pid));
    await host.namespace.mustRun(["kill", "-0", String(pid)]);
  });

  test.each([
    { title: "--no-reload says so", words: ["--no-reload"], says: /as requested/ },
    { title: "policy-rc.d forbids it", policy: "101", says: /policy-rc\.d forbids it/ },
  ])("is not reloaded if $title", async ({ words = [], policy, says }) => {
    host.lay({ [MAIN]: INCLUDE });
    host.systemd({ "ssh.service": SERVICE });
    if (policy !== undefined) host.namespace.write("/run/policy", policy);
    await host.start();
    const told = await host.sshd("enable", ...words);
    expect(text(told)).toMatch(says);
    expect(told.stdout).toMatch(/^ {12}systemctl reload ssh\.service$/m);
    expect(told.status).toBe(0);
    expect(host.asked()).toEqual([]);
    // The running sshd does not have the command, and this is reported.
    const status = await host.sshd("status");
    expect(status.status).toBe(1);
    expect(status.stdout).toMatch(/not in the running sshd/);
    expect(status.stdout).toMatch(/^next +systemctl reload ssh\.service$/m);
    expect(await host.doctor("sshd-running")).toMatchObject({
      status: "warning",
      says: expect.stringMatching(/has not read its files since/),
      hint: "sshd -t && systemctl reload ssh.service",
    });
    // A second run does the remaining work.
    host.namespace.write("/run/policy", "104");
    expect(text(await host.sshd("enable"))).toMatch(/^in force +now: sshd was reloaded/m);
    expect(await host.doctor("sshd-running")).toMatchObject({ status: "ok" });
  });

  test("a reload that fails is reported, with exit status 1", async () => {
    host.lay({ [MAIN]: INCLUDE });
    host.systemd({ "ssh.service": SERVICE });
    host.namespace.write("/run/refuses", "reload");
    await host.start();
    const told = await host.sshd("enable");
    expect(text(told)).toMatch(/it failed \(Job for ssh\.service failed\.\)/);
    expect(told.status).toBe(1);
  });

  test("a failed restart does not leave it stopped", async () => {
    host.lay({ [MAIN]: INCLUDE });
    host.systemd({ "ssh.service": SERVICE, "ssh.socket": SOCKET });
    host.namespace.write("/run/refuses", "try-restart");
    await host.start();
    const told = await host.sshd("enable");
    expect(text(told)).toMatch(
      /^unchanged +sshd failed after it was reloaded .*\(Job for ssh\.service failed\.\).*restored/m,
    );
    expect(told.status).toBe(1);
    expect(host.asked()).toEqual([
      ...["reset-failed ssh.service", "try-restart ssh.service"],
      ...["reset-failed ssh.service", "start ssh.service"],
    ]);
    expect(Object.keys(host.tree())).not.toContain(DROP_IN);
    expect((await host.sshd("status")).stdout).toMatch(/^running +ssh\.service/m);
  });

  /** Adds an address to the loopback interface while `work` runs. */
  const withAddress = async (work: (address: string) => Promise<void>) => {
    await host.namespace.mustRun(["ip", "addr", "add", "192.0.2.9/32", "dev", "lo"]);
    try {
      await work("192.0.2.9");
    } finally {
      await host.namespace.run(["ip", "addr", "del", "192.0.2.9/32", "dev", "lo"]);
    }
  };
  const listens = async () =>
    (await host.namespace.mustRun(["ss", "-Hltn"])).stdout.split("\n").map((line) => line.split(/\s+/)[3]);

  test.each([
    { title: "enable", words: ["enable"], word: "in force" },
    { title: "disable", words: ["disable"], word: "in effect" },
  ])("is left running by $title if others have changed files that it has not read", async ({ words, word }) => {
    host.lay({ [MAIN]: INCLUDE });
    host.systemd({ "ssh.service": SERVICE });
    if (words[0] === "disable") await host.sshd("enable");
    const pid = await host.start();
    // `sshd -t` accepts this line, but an sshd that starts with it ends.
    host.namespace.write(MAIN, `${INCLUDE}ListenAddress 198.51.100.1\n`);
    await host.namespace.mustRun(["sshd", "-t"]);
    const told = await host.sshd(...words);
    const pattern = `^${word} +not in the running sshd, which was not reloaded: sshd has not yet read what others have changed.*`;
    expect(text(told)).toMatch(new RegExp(`${pattern}${MAIN}, since .*198\\.51\\.100\\.1 is not an address`, "m"));
    expect(told.stdout).toMatch(/^ {12}systemctl reload ssh\.service$/m);
    expect(told.status).toBe(1);
    expect(host.asked()).toEqual([]);
    await host.namespace.mustRun(["kill", "-0", String(pid)]);
    expect(await listens()).toContain("0.0.0.0:22");
  });

  test("is left running by enable if a file was removed from its folder", async () => {
    host.lay({ [MAIN]: INCLUDE, [`${FOLDER}/10-x.conf`]: "PermitTTY no\n" });
    host.systemd({ "ssh.service": SERVICE });
    await host.start();
    rmSync(host.namespace.outside(`${FOLDER}/10-x.conf`));
    expect(text(await host.sshd("enable"))).toMatch(new RegExp(`what others have changed.*\\(${FOLDER}, since`));
    expect(host.asked()).toEqual([]);
  });

  test("is left running if an address that it listens on is gone from the machine", async () => {
    await withAddress(async (address) => {
      host.lay({ [MAIN]: `${INCLUDE}ListenAddress ${address}\n` });
      host.systemd({ "ssh.service": SERVICE });
      await host.start();
      await host.namespace.mustRun(["ip", "addr", "del", `${address}/32`, "dev", "lo"]);
      const told = await host.sshd("enable");
      expect(text(told)).toMatch(
        /it would end and not start again.*ListenAddress 192\.0\.2\.9 is not an address of this machine/,
      );
      expect(told.status).toBe(1);
      expect(host.asked()).toEqual([]);
    });
  });

  test("ends because of a reload all the same: everything is restored, and it is started again", async () => {
    host.lay({ [MAIN]: INCLUDE });
    host.systemd({ "ssh.service": SERVICE });
    await host.start();
    const before = host.tree();
    host.namespace.write("/run/reload-ends-it", "");
    const told = await host.sshd("enable");
    expect(text(told)).toMatch(/^unchanged +sshd failed after it was reloaded .*restored, and sshd was started again/);
    expect(told.status).toBe(1);
    expect(host.tree()).toEqual(before);
    expect(host.asked()).toEqual(["reload ssh.service", "reset-failed ssh.service", "start ssh.service"]);
    expect(await listens()).toContain("0.0.0.0:22");
  });

  test("ends, and does not start again: the first line says so", async () => {
    host.lay({ [MAIN]: INCLUDE });
    host.systemd({ "ssh.service": SERVICE });
    await host.start();
    host.namespace.write("/run/reload-ends-it", "");
    host.namespace.write("/run/refuses", "start");
    const told = await host.sshd("enable");
    expect(text(told)).toMatch(
      /^ENDED +sshd HAS ENDED, and no new login is possible.*start it: systemctl restart ssh\.service/,
    );
    expect(told.status).toBe(1);
  });

  test.each([
    { state: "failed", has: "ActiveState=failed\nUnitFileState=enabled" },
    { state: "failed", has: "ActiveState=activating\nSubState=auto-restart\nUnitFileState=enabled" },
    { state: "stopped", has: "ActiveState=inactive\nUnitFileState=enabled" },
  ])("a unit that is enabled and $state does not count as in force: $has", async ({ state, has }) => {
    host.lay({ [MAIN]: INCLUDE });
    host.systemd({ "ssh.service": has });
    expect(await host.sshd("enable")).toMatchObject({ status: 0 });
    const status = await host.sshd("status");
    expect(status.status).toBe(1);
    expect(text(status)).toMatch(new RegExp(`^running +NO SSHD: ssh\\.service is enabled and ${state}`, "m"));
    expect(await host.doctor("sshd-running")).toMatchObject({ status: "failed" });
  });

  test.each([
    { title: "is about to start", has: "ActiveState=inactive\nUnitFileState=enabled\nJob=12" },
    { title: "is not enabled", has: "ActiveState=inactive\nUnitFileState=disabled" },
  ])("a unit that $title is not reported", async ({ has }) => {
    host.lay({ [MAIN]: INCLUDE });
    host.systemd({ "ssh.service": has });
    expect(await host.sshd("enable")).toMatchObject({ status: 0 });
    expect(await host.sshd("status")).toMatchObject({ status: 0 });
  });

  test("that systemd does not know is found by its pid file, and reloaded by a signal", async () => {
    host.lay({ [MAIN]: INCLUDE });
    host.systemd({ "ssh.service": "ActiveState=inactive\nUnitFileState=enabled" });
    const pid = await host.start();
    expect(text(await host.sshd("enable"))).toMatch(/^in force +now: sshd was sent SIGHUP and reads its files again/m);
    expect((await host.namespace.mustRun(["cat", "/run/sshd.pid"])).stdout.trim()).toBe(String(pid));
    const status = await host.sshd("status");
    expect(text(status)).toMatch(
      new RegExp(`^running +process ${pid}, no service of systemd: has read its files`, "m"),
    );
    expect(status.status).toBe(0);
    expect(host.asked()).toEqual([]);
  });

  test("that systemd does not know, with the pid file of another process, is ignored", async () => {
    host.lay({ [MAIN]: INCLUDE });
    host.systemd({ "ssh.service": "ActiveState=inactive\nUnitFileState=enabled" });
    host.namespace.write("/run/sshd.pid", "1\n");
    try {
      expect(text(await host.sshd("status"))).toMatch(/^running +NO SSHD: ssh\.service is enabled and stopped/m);
    } finally {
      await host.namespace.mustRun(["rm", "/run/sshd.pid"]);
    }
  });

  test("without systemd is reloaded by a signal, if the pid file identifies it", async () => {
    host.lay({ [MAIN]: INCLUDE });
    const pid = await host.start();
    expect(text(await host.sshd("enable"))).toMatch(/^in force +now: sshd was sent SIGHUP and reads its files again/m);
    expect((await host.namespace.mustRun(["cat", "/run/sshd.pid"])).stdout.trim()).toBe(String(pid));
  });

  test("without systemd, with the pid file of another process, is not reloaded", async () => {
    host.lay({ [MAIN]: INCLUDE });
    const { stdout } = await host.namespace.mustRun([
      "sh",
      "-c",
      "sleep 60 >/dev/null 2>&1 & echo $! >/run/sshd.pid; echo $!",
    ]);
    const told = await host.sshd("enable");
    expect(text(told)).toMatch(/is not certain which process/);
    expect(told.stdout).toContain(`kill -HUP ${stdout.trim()}`);
    await host.namespace.mustRun(["kill", stdout.trim()]);
    rmSync(host.namespace.outside("/run/sshd.pid"));
  });

  test.each([
    {
      title: "a socket that starts it",
      units: { "ssh.socket": SOCKET },
      says: /from the next connection on \(ssh\.socket\)/,
    },
    {
      title: "one for each connection",
      units: { "sshd.socket": "ActiveState=active\nAccept=yes" },
      says: /each connection reads/,
    },
    { title: "none", units: {}, says: /when sshd starts/ },
  ])("$title: nothing to do", async ({ units, says }) => {
    host.lay({ [MAIN]: INCLUDE });
    host.systemd(units);
    const told = await host.sshd("enable");
    expect(text(told)).toMatch(says);
    expect(told.status).toBe(0);
    expect(host.asked()).toEqual([]);
  });
});
