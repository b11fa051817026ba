/** `eic-agent sshd` if something is missing or fails: nothing is changed, and the problem is reported. */
import { rmSync } from "node:fs";
import { expect, test } from "vitest";
import { describeWith } from "../support/needs.ts";
import { DROP_IN, FOLDER, INCLUDE, lines, MAIN, OURS } from "./sshd-files.ts";
import { refused, text, wiredHost } from "./test-host.ts";

describeWith("sshd", "wiring sshd under adverse conditions", () => {
  const host = wiredHost();

  const REFUSES = "#!/bin/sh\necho 'unshare: unshare failed: Operation not permitted' >&2\nexit 1\n";
  const noNamespaces = (work: () => Promise<void>) => host().instead("/usr/bin/unshare", REFUSES, work);

  const somehow = (work: () => Promise<void>) => work();
  test.each([
    { title: "no namespaces", inside: noNamespaces },
    { title: "and namespaces, in which one temporary folder must not hide another", inside: somehow },
  ])("an image build: no /run/sshd, no host keys, no system, $title", async ({ inside }) => {
    host().lay({ [MAIN]: INCLUDE });
    await host().namespace.mustRun(["sh", "-c", "rm /etc/ssh/ssh_host_*; rmdir /run/sshd"]);
    const before = host().tree();
    try {
      await inside(async () => {
        const told = await host().sshd("enable");
        expect(told).toMatchObject({ status: 0, stderr: "" });
        expect(told.stdout).toMatch(/^in force +when sshd starts/m);
        expect((await host().sshd("enable", "--dry-run")).stdout).toMatch(/^unchanged +nothing would change$/m);
        expect(await host().sshd("disable")).toMatchObject({ status: 0 });
      });
      expect((await host().namespace.run(["ls", "/run/sshd"])).status).not.toBe(0);
      expect(host().tree()).toEqual(before);
    } finally {
      await host().namespace.mustRun(["mkdir", "-m", "0755", "/run/sshd"]);
    }
  });

  test("a change that could not be tested before is reverted after", async () => {
    host().lay({
      [MAIN]: `${INCLUDE}Match User root\n  AuthorizedKeysCommandUser sshd\n`,
      [`${FOLDER}/70-x.conf`]: lines("/usr/bin/env"),
    });
    await noNamespaces(async () => {
      expect(await refused(host(), "--replace")).toMatch(/for root sshd has .* as sshd, by \/etc\/ssh\/sshd_config:4/);
      expect(await refused(host(), "--chain")).toMatch(/a Match block overrides everything/);
    });
  });

  test("SIGTERM after the writing reverts everything", async () => {
    host().lay({ [MAIN]: INCLUDE + lines("/usr/bin/env") });
    // As soon as the drop-in exists, this sshd sends SIGTERM to its caller.
    await host().namespace.mustRun(["cp", "/usr/sbin/sshd", "/etc/sshd-itself"]);
    const sshd = `#!/bin/sh\n[ ! -e ${DROP_IN} ] || kill -TERM $PPID\nexec /etc/sshd-itself "$@"\n`;
    await noNamespaces(() =>
      host().instead("/usr/sbin/sshd", sshd, async () => {
        expect(await refused(host(), "--chain")).toMatch(/^unchanged +interrupted/);
      }),
    );
  });

  test("no sshd", async () => {
    host().lay({ [MAIN]: INCLUDE });
    await host().instead("/usr/sbin/sshd", undefined, async () => {
      expect(await refused(host())).toMatch(/there is no sshd|no sshd in/);
      expect(await host().sshd("status")).toMatchObject({ status: 1, stderr: "" });
      expect(await host().sshd("disable")).toMatchObject({ status: 0, stderr: "" });
    });
  });

  test("no user eic-agent, and a program that sshd would not run", async () => {
    host().lay({ [MAIN]: INCLUDE });
    const passwd = (await host().namespace.mustRun(["cat", "/etc/passwd"])).stdout;
    host().namespace.write("/etc/passwd", passwd.replace(/^eic-agent:.*\n/m, ""));
    try {
      expect(await refused(host())).toMatch(/there is no user "eic-agent"/);
    } finally {
      host().namespace.write("/etc/passwd", passwd);
    }
    await host().namespace.mustRun(["chmod", "o+w", "/usr/libexec/eic-agent"]);
    try {
      expect(await refused(host())).toMatch(/sshd would not run the program: \/usr\/libexec\/eic-agent is writable/);
    } finally {
      await host().namespace.mustRun(["chmod", "755", "/usr/libexec/eic-agent"]);
    }
  });

  test("not root", async () => {
    host().lay({ [MAIN]: INCLUDE, [DROP_IN]: lines(OURS, "eic-agent") });
    const nobody = [
      "setpriv",
      "--reuid=65534",
      "--regid=65534",
      "--clear-groups",
      "/usr/libexec/eic-agent/eic-agent.cjs",
      "sshd",
    ];
    expect(await host().namespace.run([...nobody, "enable"])).toMatchObject({
      status: 1,
      stdout: "",
      stderr: expect.stringMatching(/requires root; sudo eic-agent sshd enable/),
    });
    // `status` still reports the facts that the user may read.
    expect(await host().namespace.run([...nobody, "status"])).toMatchObject({ status: 0, stderr: "" });
  });

  test("two at once: one after the other", async () => {
    host().lay({ [MAIN]: INCLUDE + lines("/usr/bin/env") });
    const both = await Promise.all([host().sshd("enable", "--replace"), host().sshd("enable", "--replace")]);
    expect(both.map(({ status }) => status)).toEqual([0, 0]);
    expect(both.map(({ stdout }) => /^\w+/.exec(stdout)?.[0]).toSorted()).toEqual(["unchanged", "written"]);
    expect((await host().namespace.run(["ls", "/run/eic-agent-sshd.lock"])).status).not.toBe(0);
  });

  test("an administrator's lines in eic-agent's files stay when the files are removed", async () => {
    host().lay({ [MAIN]: "UsePAM no\n" });
    await host().sshd("enable", "--edit-main");
    const main = (await host().namespace.mustRun(["cat", MAIN])).stdout;
    host().namespace.write(MAIN, `${main.replace("# END", "PermitTTY no\n# END")}PrintMotd no\n`);
    expect(text(await host().sshd("disable"))).toMatch(
      /^kept +lines that eic-agent did not write, in \/etc\/ssh\/sshd_config$/m,
    );
    expect((await host().namespace.mustRun(["cat", MAIN])).stdout).toBe("PermitTTY no\nUsePAM no\nPrintMotd no\n");

    host().lay({ [MAIN]: INCLUDE });
    await host().sshd("enable");
    const dropIn = (await host().namespace.mustRun(["cat", DROP_IN])).stdout;
    host().namespace.write(DROP_IN, `${dropIn}PasswordAuthentication no\n`);
    expect(text(await host().sshd("enable"))).toMatch(/^unchanged .*in force already/m);
    expect(await host().sshd("disable")).toMatchObject({ status: 0 });
    expect((await host().namespace.mustRun(["cat", DROP_IN])).stdout).toBe("PasswordAuthentication no\n");
    rmSync(host().namespace.outside(DROP_IN));
  });

  test("a configuration that is broken since is reverted all the same, and sshd is not reloaded", async () => {
    host().lay({ [MAIN]: INCLUDE });
    await host().sshd("enable");
    host().namespace.write(`${FOLDER}/90-x.conf`, "Prot 22\n");
    host().systemd({ "ssh.service": "ActiveState=active\nKillMode=process" });
    const told = await host().sshd("disable");
    expect(text(told)).toMatch(/sshd was not reloaded: .*Bad configuration option: Prot/);
    expect(told.status).toBe(0);
    expect(host().asked()).toEqual([]);
    expect(Object.keys(host().tree())).not.toContain(DROP_IN);
  });

  test("a dry run shows the difference and the commands, and changes nothing", async () => {
    host().lay({ [MAIN]: `UsePAM no\n${lines("/usr/bin/env %u")}` });
    const before = host().tree();
    const told = await host().sshd("enable", "--chain", "--dry-run");
    expect(told).toMatchObject({ status: 0, stderr: "" });
    expect(told.stdout).toContain(`--- ${MAIN}
+++ ${MAIN}
@@ -1,3 +1,8 @@
+# BEGIN eic-agent: by \`eic-agent sshd enable\`, taken out by \`eic-agent sshd disable\`
+# added to the group eic-agent: nobody
+AuthorizedKeysCommand ${OURS} -- /usr/bin/env %u
+AuthorizedKeysCommandUser nobody
+# END eic-agent
 UsePAM no
 AuthorizedKeysCommand /usr/bin/env %u
 AuthorizedKeysCommandUser nobody
`);
    expect(told.stdout).toMatch(/^would run +gpasswd -a nobody eic-agent$/m);
    expect(told.stdout).toMatch(/^tried /m);
    expect(host().tree()).toEqual(before);
  });
});
