/** `eic-agent sshd` if a file system takes nothing, or few files may be open: nothing is changed, and the problem is reported. */
import { expect, test } from "vitest";
import { describeWith } from "../support/needs.ts";
import { FOLDER, INCLUDE, lines, MAIN } from "./sshd-files.ts";
import { refused, text, wiredHost } from "./test-host.ts";

describeWith("sshd", "wiring sshd under adverse conditions", () => {
  const host = wiredHost();

  test.each([
    { title: "read-only", make: ["mount", "--bind", "-o", "ro", FOLDER, FOLDER], unmake: ["umount", FOLDER] },
  ])("a folder that is $title", async ({ make, unmake }) => {
    host().lay({ [MAIN]: INCLUDE + lines("/usr/bin/env") });
    await host().namespace.mustRun(make);
    try {
      expect(await refused(host(), "--chain")).toMatch(/60-eic-agent\.conf could not be written \(EROFS\).*read-only/s);
    } finally {
      await host().namespace.mustRun(unmake);
    }
  });

  test.each([
    { title: "/tmp", path: "/tmp", mount: ["-t", "tmpfs", "-o", "size=4k,nr_inodes=1", "tmpfs"] },
    { title: "a read-only /tmp", path: "/tmp", mount: ["-t", "tmpfs", "-o", "ro", "tmpfs"] },
  ])(
    "$title that accepts no data is not needed: neither for a rehearsal nor for a temporary host key",
    async ({ path, mount }) => {
      host().lay({ [MAIN]: INCLUDE + lines("/usr/bin/env") });
      await host().namespace.mustRun(["sh", "-c", "rm /etc/ssh/ssh_host_*"]);
      await host().namespace.mustRun(["mount", ...mount, path]);
      try {
        const told = await host().sshd("enable", "--replace", "--dry-run");
        expect(text(told)).toMatch(/^tried /m);
        expect(await host().sshd("enable", "--replace")).toMatchObject({ status: 0, stderr: "" });
      } finally {
        await host().namespace.mustRun(["umount", path]);
      }
    },
  );

  test.each([
    { title: "no inode left", options: "nr_inodes=1" },
    { title: "no write access", options: "ro" },
  ])("/run with $title: sshd is left unchanged, and one line says why and what to do", async ({ options }) => {
    host().lay({ [MAIN]: INCLUDE });
    const [remount, mount] = [
      `mount -t tmpfs -o ${options} tmpfs /run`,
      `exec /usr/libexec/eic-agent/eic-agent.cjs sshd enable`,
    ];
    const before = host().tree();
    const told = await host().namespace.run(["unshare", "--mount", "sh", "-ec", `${remount}; ${mount}`]);
    expect(told.status).toBe(1);
    expect(told.stdout).toBe("");
    expect(told.stderr).toMatch(/^eic-agent: \/run\/eic-agent-sshd\.lock cannot be locked .*; correct that .*\n$/);
    expect(host().tree()).toEqual(before);
  });

  test("a full disk: everything is restored, and the hint is printed", async () => {
    host().lay({ [MAIN]: INCLUDE + lines("/usr/bin/env") });
    const script = `cp -a ${FOLDER}/. /etc/kept; mount -t tmpfs -o size=4k,mode=0755 tmpfs ${FOLDER}; echo '#' >${FOLDER}/x; exec "$@"`;
    const said = await host().namespace.run([
      ...["unshare", "--mount", "sh", "-ec", `mkdir -p /etc/kept; ${script}`, "sh"],
      ...["/usr/libexec/eic-agent/eic-agent.cjs", "sshd", "enable", "--replace"],
    ]);
    expect(said.status).toBe(1);
    expect(said.stdout.replace(/\n {12}(?=\S)/g, " ")).toMatch(
      /60-eic-agent\.conf could not be written \(ENOSPC\)\nnext +the disk is full: make room/,
    );
    expect(said.stderr).toBe("");
  });

  test("any limit of open files: it works, or prints the reason", async () => {
    const enable = (most: number) =>
      host().namespace.run(["sh", "-c", `ulimit -n ${most}; exec /usr/libexec/eic-agent/eic-agent.cjs sshd enable`]);
    for (let most = 16; most <= 40; most += 3) {
      host().lay({ [MAIN]: INCLUDE });
      const before = host().tree();
      const { status, stdout, stderr } = await enable(most);
      expect(stdout + stderr).not.toMatch(/bug:/);
      if (status !== 0) expect(host().tree()).toEqual(before);
    }
    expect(await enable(256)).toMatchObject({ status: 0 });
  });
});
