/**
 * Our command in Match blocks, an sshd with separate files, a main file that was restored, and an ordinary user who may not
 * read some files: the reports of `status`, `enable`, `disable` and `doctor`, by the built program on a real sshd.
 */
import { chmodSync, rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWith } from "../support/needs.ts";
import { BLOCK } from "./limits.ts";
import { DROP_IN, FOLDER, INCLUDE, lines, MAIN, OURS } from "./sshd-files.ts";
import { openWiredHost, type WiredHost } from "./wired-host.ts";

const GROUP_FILE = `${FOLDER}/50-eic-agent-group.conf`;

describeWith("sshd", "sshd status, enable and disable", () => {
  let host: WiredHost;
  beforeAll(async () => {
    host = await openWiredHost();
  });
  afterAll(() => host.close());

  const unfolded = ({ stdout }: { stdout: string }) => stdout.replace(/\n {12}(?=\S)/g, " ");
  const json = async (...words: readonly string[]) => {
    const { status, stdout, stderr } = await host.sshd(...words, "--json");
    expect(stderr).toBe("");
    return { status, ...(JSON.parse(stdout) as { files?: unknown }) };
  };

  test("report eic-agent's command in a Match block, which disable leaves, with exit status 1", async () => {
    host.lay({ [MAIN]: INCLUDE, [GROUP_FILE]: BLOCK });
    const status = await host.sshd("status");
    expect(status).toMatchObject({ status: 0, stderr: "" });
    expect(unfolded(status)).toMatch(/^in force +for some users, by a Match block/m);
    expect(unfolded(status)).toMatch(
      /^some .*50-eic-agent-group\.conf:2, in the block Match User alice; for alice sshd has it$/m,
    );
    expect(await json("status")).toMatchObject({
      inForce: true,
      scope: "some",
      match: [{ file: GROUP_FILE, line: 2, match: ["User alice"], user: "alice", inForce: true }],
    });
    const before = host.tree();
    const disabled = await host.sshd("disable");
    expect(disabled.status).toBe(1);
    expect(unfolded(disabled)).toMatch(
      /^left +\S*50-eic-agent-group\.conf:2, in the block Match User alice: names eic-agent/m,
    );
    expect(unfolded(disabled)).not.toMatch(/nothing of eic-agent's is there/);
    expect(host.tree()).toEqual(before);
    expect(await host.doctor("command")).toMatchObject({
      status: "ok",
      message: expect.stringMatching(/for some users only, by \S*50-eic-agent-group\.conf:2/),
    });
    expect(await json("disable")).toMatchObject({
      status: 1,
      changed: false,
      remainingLines: [{ file: GROUP_FILE, line: 2, match: ["User alice"] }],
    });
  });

  test.each(["Group alice", "User al*,!bob", "LocalPort 22 Group alice"])(
    "query sshd for a user that the block Match %s applies to",
    async (match) => {
      host.lay({ [MAIN]: INCLUDE, [GROUP_FILE]: BLOCK.replace("User alice", match) });
      expect(await json("status")).toMatchObject({
        status: 0,
        scope: "some",
        match: [{ match: [match], user: "alice", inForce: true }],
      });
    },
  );

  test("report that a block does not apply to its user if an earlier line does", async () => {
    const earlier = `Match User alice\n  AuthorizedKeysCommand none\n`;
    host.lay({ [MAIN]: INCLUDE, [GROUP_FILE]: BLOCK, [`${FOLDER}/10-x.conf`]: earlier });
    const status = await host.sshd("status");
    expect(status.status).toBe(1);
    expect(unfolded(status)).toMatch(/^some .* for alice sshd has another command, or none, by an earlier line$/m);
    expect(status.stdout).not.toMatch(/sshd enable/);
  });

  test("find an sshd that was started with other files", async () => {
    const other = "/etc/ssh/other_config";
    host.lay({ [MAIN]: INCLUDE, [other]: "UsePAM no\nPidFile none\nListenAddress 127.0.0.1:22\n" });
    host.systemd({});
    await host.namespace.mustRun(["/usr/sbin/sshd", "-f", other]);
    const pid = async () => (await host.namespace.run(["pgrep", "-f", "^sshd: /usr/sbin/sshd -f"])).stdout.trim();
    try {
      const enabled = await host.sshd("enable");
      expect(enabled).toMatchObject({ status: 1, stderr: "" });
      expect(enabled.stdout).not.toMatch(/none runs/);
      expect(unfolded(enabled)).toMatch(
        new RegExp(
          `^not in +sshd, process ${await pid()} on port 22, reads ${other}, which does not name eic-agent's command`,
          "m",
        ),
      );
      const status = await host.sshd("status");
      expect(status.status).toBe(1);
      expect(unfolded(status)).toMatch(/^in force +not in the listening sshd: .*on port 22/m);
      expect(await host.doctor("sshd-listening")).toMatchObject({
        status: "failed",
        message: expect.stringContaining(other),
      });
      // A second sshd that runs our command on another port changes nothing for port 22.
      await host.namespace.mustRun(["/usr/sbin/sshd", "-p", "2222", "-o", "PidFile=/run/second.pid"]);
      expect(await json("status")).toMatchObject({
        status: 1,
        inForce: false,
        listening: {
          sshds: [
            { ports: [22], main: other, scope: "none" },
            { ports: [2222], main: MAIN, scope: "all" },
          ],
        },
      });
    } finally {
      await host.namespace.run(["sh", "-c", `kill ${await pid()} $(cat /run/second.pid)`]);
    }
    rmSync(host.namespace.outside("/run/systemd"), { recursive: true });
  });

  test("report that the block of --edit-main is gone, and how to restore it", async () => {
    const stock = `UsePAM no\n${lines("/usr/bin/env %u")}`;
    host.lay({ [MAIN]: stock });
    expect(await json("enable", "--edit-main", "--replace")).toMatchObject({ status: 0, changed: true });
    host.namespace.write(MAIN, stock);
    const status = await host.sshd("status");
    expect(status.status).toBe(1);
    expect(unfolded(status)).toMatch(/^lost +eic-agent's block in \/etc\/ssh\/sshd_config is gone/m);
    const [, back = ""] = /^next +sudo eic-agent sshd enable (.*)$/m.exec(status.stdout) ?? [];
    expect(back.split(" ")).toEqual(["--edit-main", "--replace"]);
    expect(await host.doctor("include")).toMatchObject({ status: "failed", message: expect.stringContaining(DROP_IN) });
    expect(await host.sshd("enable", ...back.split(" "))).toMatchObject({ status: 0 });
    expect(await host.sshd("status")).toMatchObject({ status: 0 });
    expect(await host.doctor("include")).toMatchObject({ status: "ok" });
    // With a stock file that includes drop-ins, our drop-in is in force again without further action.
    host.namespace.write(MAIN, INCLUDE);
    expect(await host.sshd("status")).toMatchObject({ status: 0 });
    expect(await host.sshd("disable")).toMatchObject({ status: 0 });
    expect(Object.keys(host.tree()).filter((path) => path.includes("eic-agent"))).toEqual([]);
  });

  const NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
  test.each([
    { title: "the folder of drop-ins", path: FOLDER, mode: 0o700 },
    { title: "the main file", path: MAIN, mode: 0o600 },
  ])("tell an ordinary user that root is required if $title is closed", async ({ path, mode }) => {
    host.lay({ [MAIN]: INCLUDE, [DROP_IN]: lines(OURS, "eic-agent") });
    chmodSync(host.namespace.outside(path), mode);
    const agent = [...NOBODY, "/usr/libexec/eic-agent/eic-agent.cjs"];
    const status = await host.namespace.run([...agent, "sshd", "status"]);
    expect(status).toMatchObject({ status: 3, stderr: "" });
    expect(unfolded(status)).toMatch(new RegExp(`^in force +not known: .*${path} is closed to this user`, "m"));
    expect(status.stdout).toMatch(/^next +as root$/m);
    const told = await host.namespace.run([...agent, "doctor", "--json"]);
    const { checks } = JSON.parse(told.stdout) as { checks: { check: string; status: string; needsRoot?: boolean }[] };
    // AWS's package is on this host, which is visible without root.
    expect(checks.find(({ check }) => check === "other-commands")?.status).toBe("warning");
    for (const name of ["match-blocks", "command", "include"])
      expect(checks.find(({ check }) => check === name)).toMatchObject({ status: "not-applicable", needsRoot: true });
  });

  test("print one JSON object for every outcome", async () => {
    host.lay({ [MAIN]: INCLUDE });
    const dry = await json("enable", "--dry-run");
    expect(dry).toMatchObject({ status: 0, format: 1, action: "enable", dryRun: true, changed: true, refusal: null });
    expect(dry.files).toEqual([{ path: DROP_IN, change: "written" }]);
    expect(await json("enable")).toMatchObject({
      status: 0,
      changed: true,
      files: [{ path: DROP_IN, change: "written" }],
    });
    expect(await json("enable")).toMatchObject({ status: 0, changed: false, files: [] });
    expect(await json("disable")).toMatchObject({
      status: 0,
      changed: true,
      files: [{ path: DROP_IN, change: "removed" }],
    });
    expect(await json("disable")).toMatchObject({ status: 0, changed: false });
    host.lay({ [MAIN]: INCLUDE + lines("/usr/bin/env %u") });
    expect(await json("enable")).toMatchObject({
      status: 1,
      changed: false,
      refusal: { why: "foreign", message: expect.stringContaining("another command already") },
    });
    const nobody = await host.namespace.run([
      ...NOBODY,
      "/usr/libexec/eic-agent/eic-agent.cjs",
      "sshd",
      "enable",
      "--json",
    ]);
    expect(nobody).toMatchObject({ status: 1, stderr: "" });
    expect(JSON.parse(nobody.stdout)).toMatchObject({ changed: false, refusal: { why: "needs-root" } });
  });
});
