/**
 * The running sshd and `eic-agent sshd enable`: sshd reads its files again. It is restarted if a reload would not suffice.
 * A connection that is open stays open throughout.
 */
import { rmSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { outputOf } from "../support/namespace-output.ts";
import { describeWith } from "../support/needs.ts";
import { newKey } from "../support/sshd-keys.ts";
import { DROP_IN, INCLUDE, MAIN } from "./sshd-files.ts";
import { text, wiredHost } from "./test-host.ts";
import { AWS } from "./wired-host.ts";

const SERVICE = "ActiveState=active\nKillMode=process\nNeedDaemonReload=no";
const SOCKET = "ActiveState=active\nAccept=no";

describeWith("sshd", "the running sshd", () => {
  const host = wiredHost();
  afterEach(() =>
    host()
      .stop()
      .catch(() => undefined),
  );

  const mainTimes = () =>
    host()
      .namespace.mustRun(["stat", "-c", "%Y %Z %i", "/run/sshd.pid", DROP_IN])
      .then(({ stdout }) => stdout);

  test("is reloaded by systemd, once; a second time nothing is done", async () => {
    host().lay({ [MAIN]: INCLUDE });
    host().systemd({ "ssh.service": SERVICE });
    const pid = await host().start();
    expect(text(await host().sshd("enable"))).toMatch(/^in force +now: sshd was reloaded/m);
    expect(host().asked()).toEqual(["reload ssh.service"]);
    const before = await mainTimes();
    const again = text(await host().sshd("enable"));
    expect(again).toMatch(/^unchanged .*already/m);
    expect(again).toMatch(/^in force +now: the running sshd/m);
    expect(host().asked()).toEqual(["reload ssh.service"]);
    expect(await mainTimes()).toBe(before);
    expect(await host().sshd("status")).toMatchObject({ status: 0 });
    expect(text(await host().sshd("disable"))).toMatch(/^in effect +now: sshd was reloaded/m);
    expect(host().asked()).toEqual(["reload ssh.service", "reload ssh.service"]);
    expect((await host().namespace.mustRun(["cat", "/run/sshd.pid"])).stdout.trim()).toBe(String(pid));
  });

  test("is restarted behind a socket, and a connection stays open", async () => {
    const { namespace } = host();
    host().lay({ [MAIN]: `${INCLUDE}AuthorizedKeysFile /etc/keys-of-the-test\n` });
    const key = await newKey(namespace);
    namespace.write("/etc/keys-of-the-test", `${key.line}\n`);
    host().systemd({ "ssh.service": SERVICE, "ssh.socket": SOCKET });
    const pid = await host().start();
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
    expect(text(await host().sshd("enable"))).toMatch(/^in force +now: sshd was restarted, open connections stay/m);
    expect(host().asked()).toEqual(["reset-failed ssh.service", "try-restart ssh.service"]);
    expect((await namespace.mustRun(["cat", "/run/sshd.pid"])).stdout.trim()).not.toBe(String(pid));
    namespace.write("/tmp/enough", "");
    await said.line(/^still$/);
    rmSync(namespace.outside("/etc/keys-of-the-test"));
  });

  test("is restarted if its command line is that of AWS's override, which no longer exists", async () => {
    host().lay({ [MAIN]: INCLUDE });
    host().systemd({ "ssh.service": SERVICE.replace("NeedDaemonReload=no", "NeedDaemonReload=yes") });
    await host().start("-o", `AuthorizedKeysCommand ${AWS} %u %f`, "-o", "AuthorizedKeysCommandUser nobody");
    const plain = await host().sshd("enable");
    expect(plain.status).toBe(1);
    expect(text(plain)).toMatch(/AWS's ec2-instance-connect package, as nobody, by sshd's command line/);
    expect(text(await host().sshd("enable", "--replace-aws"))).toMatch(/^in force +now: sshd was restarted/m);
    expect(host().asked()).toEqual(["reset-failed ssh.service", "daemon-reload", "try-restart ssh.service"]);
    expect(await host().sshd("status")).toMatchObject({ status: 0 });
  });

  test("is not restarted if that would end connections", async () => {
    host().lay({ [MAIN]: INCLUDE });
    host().systemd({ "ssh.service": SERVICE.replace("process", "control-group"), "ssh.socket": SOCKET });
    await host().start();
    const told = await host().sshd("enable");
    expect(text(told)).toMatch(
      /KillMode would end open connections.*To reload it: systemctl try-restart ssh\.service$/m,
    );
    expect(told.status).toBe(0);
    expect(host().asked()).toEqual([]);
  });

  test.each([
    { title: "--no-reload says so", words: ["--no-reload"], message: /as requested/ },
    { title: "policy-rc.d forbids it", policy: "101", message: /policy-rc\.d forbids it/ },
  ])("is not reloaded if $title", async ({ words = [], policy, message }) => {
    host().lay({ [MAIN]: INCLUDE });
    host().systemd({ "ssh.service": SERVICE });
    if (policy !== undefined) host().namespace.write("/run/policy", policy);
    await host().start();
    const told = await host().sshd("enable", ...words);
    expect(text(told)).toMatch(message);
    expect(told.stdout).toMatch(/^ {12}systemctl reload ssh\.service$/m);
    expect(told.status).toBe(0);
    expect(host().asked()).toEqual([]);
    // The running sshd does not have the command, and this is reported.
    const status = await host().sshd("status");
    expect(status.status).toBe(1);
    expect(status.stdout).toMatch(/not in the running sshd/);
    expect(status.stdout).toMatch(/^next +systemctl reload ssh\.service$/m);
    expect(await host().doctor("sshd-running")).toMatchObject({
      status: "warning",
      message: expect.stringMatching(/has not read its files since/),
      hint: "sshd -t && systemctl reload ssh.service",
    });
    // A second run does the remaining work.
    host().namespace.write("/run/policy", "104");
    expect(text(await host().sshd("enable"))).toMatch(/^in force +now: sshd was reloaded/m);
    expect(await host().doctor("sshd-running")).toMatchObject({ status: "ok" });
  });

  test.each([
    {
      title: "a socket that starts it",
      units: { "ssh.socket": SOCKET },
      message: /from the next connection on \(ssh\.socket\)/,
    },
    {
      title: "one for each connection",
      units: { "sshd.socket": "ActiveState=active\nAccept=yes" },
      message: /each connection reads/,
    },
    { title: "none", units: {}, message: /when sshd starts/ },
  ])("$title: nothing to do", async ({ units, message }) => {
    host().lay({ [MAIN]: INCLUDE });
    host().systemd(units);
    const told = await host().sshd("enable");
    expect(text(told)).toMatch(message);
    expect(told.status).toBe(0);
    expect(host().asked()).toEqual([]);
  });
});
