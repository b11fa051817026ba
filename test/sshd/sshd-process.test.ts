/** Which process is the sshd that runs, for `eic-agent sshd` and the doctor: a unit of systemd, or the pid file's process. */
import { rmSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { describeWith } from "../support/needs.ts";
import { INCLUDE, MAIN } from "./sshd-files.ts";
import { text, wiredHost } from "./test-host.ts";

describeWith("sshd", "the running sshd", () => {
  const host = wiredHost();
  afterEach(() =>
    host()
      .stop()
      .catch(() => undefined),
  );

  test.each([
    { state: "failed", has: "ActiveState=failed\nUnitFileState=enabled" },
    { state: "failed", has: "ActiveState=activating\nSubState=auto-restart\nUnitFileState=enabled" },
    { state: "stopped", has: "ActiveState=inactive\nUnitFileState=enabled" },
  ])("a unit that is enabled and $state does not count as in force: $has", async ({ state, has }) => {
    host().lay({ [MAIN]: INCLUDE });
    host().systemd({ "ssh.service": has });
    expect(await host().sshd("enable")).toMatchObject({ status: 0 });
    const status = await host().sshd("status");
    expect(status.status).toBe(1);
    expect(text(status)).toMatch(new RegExp(`^running +NO SSHD: ssh\\.service is enabled and ${state}`, "m"));
    expect(await host().doctor("sshd-running")).toMatchObject({ status: "failed" });
  });

  test.each([
    { title: "is about to start", has: "ActiveState=inactive\nUnitFileState=enabled\nJob=12" },
    { title: "is not enabled", has: "ActiveState=inactive\nUnitFileState=disabled" },
  ])("a unit that $title is not reported", async ({ has }) => {
    host().lay({ [MAIN]: INCLUDE });
    host().systemd({ "ssh.service": has });
    expect(await host().sshd("enable")).toMatchObject({ status: 0 });
    expect(await host().sshd("status")).toMatchObject({ status: 0 });
  });

  test("that a socket starts for each connection has the options of the unit of these connections", async () => {
    const start = `ExecStart=-/usr/sbin/sshd -i -o "AuthorizedKeysCommand /usr/bin/env %%u" -o "AuthorizedKeysCommandUser nobody"`;
    host().lay({
      [MAIN]: INCLUDE,
      "/etc/systemd/system/ssh.service": "[Service]\nExecStart=/usr/sbin/sshd -D\n",
      "/etc/systemd/system/sshd@.service": `[Service]\n${start}\n`,
    });
    host().systemd({ "sshd.socket": "ActiveState=active\nAccept=no" });
    expect(JSON.stringify(await host().doctor("command"))).not.toContain("/usr/bin/env");
    host().systemd({ "sshd.socket": "ActiveState=active\nAccept=yes" });
    expect(JSON.stringify(await host().doctor("command"))).toContain("/usr/bin/env %u");
  });

  test("that systemd does not know is found by its pid file, and reloaded by a signal", async () => {
    host().lay({ [MAIN]: INCLUDE });
    host().systemd({ "ssh.service": "ActiveState=inactive\nUnitFileState=enabled" });
    const pid = await host().start();
    expect(text(await host().sshd("enable"))).toMatch(
      /^in force +now: sshd was sent SIGHUP and reads its files again/m,
    );
    expect((await host().namespace.mustRun(["cat", "/run/sshd.pid"])).stdout.trim()).toBe(String(pid));
    const status = await host().sshd("status");
    expect(text(status)).toMatch(
      new RegExp(`^running +process ${pid}, no service of systemd: has read its files`, "m"),
    );
    expect(status.status).toBe(0);
    expect(host().asked()).toEqual([]);
  });

  test("that systemd does not know, with the pid file of another process, is ignored", async () => {
    host().lay({ [MAIN]: INCLUDE });
    host().systemd({ "ssh.service": "ActiveState=inactive\nUnitFileState=enabled" });
    host().namespace.write("/run/sshd.pid", "1\n");
    try {
      expect(text(await host().sshd("status"))).toMatch(/^running +NO SSHD: ssh\.service is enabled and stopped/m);
    } finally {
      await host().namespace.mustRun(["rm", "/run/sshd.pid"]);
    }
  });

  test("without systemd is reloaded by a signal, if the pid file identifies it", async () => {
    host().lay({ [MAIN]: INCLUDE });
    const pid = await host().start();
    expect(text(await host().sshd("enable"))).toMatch(
      /^in force +now: sshd was sent SIGHUP and reads its files again/m,
    );
    expect((await host().namespace.mustRun(["cat", "/run/sshd.pid"])).stdout.trim()).toBe(String(pid));
  });

  test("without systemd, with the pid file of another process, is not reloaded", async () => {
    host().lay({ [MAIN]: INCLUDE });
    const { stdout } = await host().namespace.mustRun([
      "sh",
      "-c",
      "sleep 60 >/dev/null 2>&1 & echo $! >/run/sshd.pid; echo $!",
    ]);
    const told = await host().sshd("enable");
    expect(text(told)).toMatch(/is not certain which process/);
    expect(told.stdout).toContain(`kill -HUP ${stdout.trim()}`);
    await host().namespace.mustRun(["kill", stdout.trim()]);
    rmSync(host().namespace.outside("/run/sshd.pid"));
  });
});
