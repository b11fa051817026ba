/** The running sshd and `eic-agent sshd enable`, if a reload or a restart would end sshd, or fails: sshd keeps running. */
import { rmSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { describeWith } from "../support/needs.ts";
import { DROP_IN, FOLDER, INCLUDE, MAIN } from "./sshd-files.ts";
import { text, wiredHost } from "./test-host.ts";

const SERVICE = "ActiveState=active\nKillMode=process\nNeedDaemonReload=no";
const SOCKET = "ActiveState=active\nAccept=no";

describeWith("sshd", "the running sshd", () => {
  const host = wiredHost();
  afterEach(() =>
    host()
      .stop()
      .catch(() => undefined),
  );

  test.each([
    { title: "a reload", units: { "ssh.service": SERVICE }, command: "systemctl reload ssh.service" },
    {
      title: "a restart behind a socket",
      units: { "ssh.service": SERVICE, "ssh.socket": SOCKET },
      command: "systemctl try-restart ssh.service",
    },
    { title: "a signal", units: undefined, command: "kill -HUP" },
  ])("is left running if its host keys are gone, because $title would end it", async ({ units, command }) => {
    host().lay({ [MAIN]: INCLUDE });
    if (units !== undefined) host().systemd(units);
    const pid = await host().start();
    await host().namespace.mustRun(["sh", "-c", "rm /etc/ssh/ssh_host_*"]);
    const told = await host().sshd("enable");
    expect(text(told)).toMatch(/it would end and not start again; correct that first \(.*host ?keys/);
    expect(told.stdout).toContain(command);
    expect(told.status).toBe(1);
    expect(host().asked()).toEqual([]);
    expect((await host().namespace.mustRun(["cat", "/run/sshd.pid"])).stdout.trim()).toBe(String(pid));
    await host().namespace.mustRun(["kill", "-0", String(pid)]);
  });

  test("a reload that fails is reported, with exit status 1", async () => {
    host().lay({ [MAIN]: INCLUDE });
    host().systemd({ "ssh.service": SERVICE });
    host().namespace.write("/run/refuses", "reload");
    await host().start();
    const told = await host().sshd("enable");
    expect(text(told)).toMatch(/it failed \(Job for ssh\.service failed\.\)/);
    expect(told.status).toBe(1);
  });

  test("a failed restart does not leave it stopped", async () => {
    host().lay({ [MAIN]: INCLUDE });
    host().systemd({ "ssh.service": SERVICE, "ssh.socket": SOCKET });
    host().namespace.write("/run/refuses", "try-restart");
    await host().start();
    const told = await host().sshd("enable");
    expect(text(told)).toMatch(
      /^unchanged +sshd failed after it was reloaded .*\(Job for ssh\.service failed\.\).*restored/m,
    );
    expect(told.status).toBe(1);
    expect(host().asked()).toEqual([
      ...["reset-failed ssh.service", "try-restart ssh.service"],
      ...["reset-failed ssh.service", "start ssh.service"],
    ]);
    expect(Object.keys(host().tree())).not.toContain(DROP_IN);
    expect((await host().sshd("status")).stdout).toMatch(/^running +ssh\.service/m);
  });

  /** Adds an address to the loopback interface while `work` runs. */
  const withAddress = async (work: (address: string) => Promise<void>) => {
    await host().namespace.mustRun(["ip", "addr", "add", "192.0.2.9/32", "dev", "lo"]);
    try {
      await work("192.0.2.9");
    } finally {
      await host().namespace.run(["ip", "addr", "del", "192.0.2.9/32", "dev", "lo"]);
    }
  };
  const listens = async () =>
    (await host().namespace.mustRun(["ss", "-Hltn"])).stdout.split("\n").map((line) => line.split(/\s+/)[3]);

  test.each([
    { title: "enable", words: ["enable"], word: "in force" },
    { title: "disable", words: ["disable"], word: "in effect" },
  ])("is left running by $title if others have changed files that it has not read", async ({ words, word }) => {
    host().lay({ [MAIN]: INCLUDE });
    host().systemd({ "ssh.service": SERVICE });
    if (words[0] === "disable") await host().sshd("enable");
    const pid = await host().start();
    // `sshd -t` accepts this line, but an sshd that starts with it ends.
    host().namespace.write(MAIN, `${INCLUDE}ListenAddress 198.51.100.1\n`);
    await host().namespace.mustRun(["sshd", "-t"]);
    const told = await host().sshd(...words);
    const pattern = `^${word} +not in the running sshd, which was not reloaded: sshd has not yet read what others have changed.*`;
    expect(text(told)).toMatch(new RegExp(`${pattern}${MAIN}, since .*198\\.51\\.100\\.1 is not an address`, "m"));
    expect(told.stdout).toMatch(/^ {12}systemctl reload ssh\.service$/m);
    expect(told.status).toBe(1);
    expect(host().asked()).toEqual([]);
    await host().namespace.mustRun(["kill", "-0", String(pid)]);
    expect(await listens()).toContain("0.0.0.0:22");
  });

  test("is left running by enable if a file was removed from its folder", async () => {
    host().lay({ [MAIN]: INCLUDE, [`${FOLDER}/10-x.conf`]: "PermitTTY no\n" });
    host().systemd({ "ssh.service": SERVICE });
    await host().start();
    rmSync(host().namespace.outside(`${FOLDER}/10-x.conf`));
    expect(text(await host().sshd("enable"))).toMatch(new RegExp(`what others have changed.*\\(${FOLDER}, since`));
    expect(host().asked()).toEqual([]);
  });

  test("is left running if an address that it listens on is gone from the machine", async () => {
    await withAddress(async (address) => {
      host().lay({ [MAIN]: `${INCLUDE}ListenAddress ${address}\n` });
      host().systemd({ "ssh.service": SERVICE });
      await host().start();
      await host().namespace.mustRun(["ip", "addr", "del", `${address}/32`, "dev", "lo"]);
      const told = await host().sshd("enable");
      expect(text(told)).toMatch(
        /it would end and not start again.*ListenAddress 192\.0\.2\.9 is not an address of this machine/,
      );
      expect(told.status).toBe(1);
      expect(host().asked()).toEqual([]);
    });
  });

  test("ends because of a reload all the same: everything is restored, and it is started again", async () => {
    host().lay({ [MAIN]: INCLUDE });
    host().systemd({ "ssh.service": SERVICE });
    await host().start();
    const before = host().tree();
    host().namespace.write("/run/reload-ends-it", "");
    const told = await host().sshd("enable");
    expect(text(told)).toMatch(/^unchanged +sshd failed after it was reloaded .*restored, and sshd was started again/);
    expect(told.status).toBe(1);
    expect(host().tree()).toEqual(before);
    expect(host().asked()).toEqual(["reload ssh.service", "reset-failed ssh.service", "start ssh.service"]);
    expect(await listens()).toContain("0.0.0.0:22");
  });

  test("ends, and does not start again: the first line says so", async () => {
    host().lay({ [MAIN]: INCLUDE });
    host().systemd({ "ssh.service": SERVICE });
    await host().start();
    host().namespace.write("/run/reload-ends-it", "");
    host().namespace.write("/run/refuses", "start");
    const told = await host().sshd("enable");
    expect(text(told)).toMatch(
      /^ENDED +sshd HAS ENDED, and no new login is possible.*start it: systemctl restart ssh\.service/,
    );
    expect(told.status).toBe(1);
  });
});
