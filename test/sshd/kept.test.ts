/**
 * Only intended changes: compares the whole of `sshd -T` before and after each of our changes, on a real sshd. Covers
 * everything in OpenSSH that depends on whether an AuthorizedKeysCommand exists or is read first.
 */
import { chmodSync, statSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWith } from "../support/needs.ts";
import { DROP_IN, FOLDER, INCLUDE, lines, MAIN, OURS } from "./sshd-files.ts";
import { openWiredHost, type WiredHost } from "./wired-host.ts";

const PRINCIPALS = "AuthorizedPrincipalsCommand /usr/bin/env %u\nAuthorizedPrincipalsCommandUser nobody\n";
const CA = `TrustedUserCAKeys /etc/ssh/ssh_host_ed25519_key.pub\n${PRINCIPALS}`;
const UNIT = "/etc/systemd/system/ssh.service";

describeWith("sshd", "the rest of sshd's configuration", () => {
  let host: WiredHost;
  beforeAll(async () => {
    host = await openWiredHost();
  });
  afterAll(() => host.close());

  const WHO = {
    everybody: [],
    root: ["-C", "user=root,host=h,addr=1.2.3.4,laddr=1.2.3.4,lport=22,rdomain="],
    alice: ["-C", "user=alice,host=h,addr=1.2.3.4,laddr=1.2.3.4,lport=22,rdomain="],
    bob: ["-C", "user=bob,host=h,addr=10.1.1.1,laddr=1.2.3.4,lport=22,rdomain="],
  } as const;
  async function whole(...more: readonly string[]): Promise<Record<string, string[]>> {
    const rows = Object.entries(WHO).map(async ([name, words]) => {
      const { stdout } = await host.namespace.mustRun(["sshd", "-T", ...more, ...words]);
      return [name, stdout.trimEnd().split("\n")] as const;
    });
    return Object.fromEntries(await Promise.all(rows));
  }
  /** Removes the two lines that are meant to change. */
  const others = (all: Record<string, string[]>) =>
    Object.fromEntries(
      Object.entries(all).map(([who, lines]) => [
        who,
        lines.filter((line) => !line.startsWith("authorizedkeyscommand")),
      ]),
    );
  const text = ({ stdout, stderr }: { stdout: string; stderr: string }) =>
    stdout.replace(/\n {12}(?=\S)/g, " ") + stderr;

  test.each([
    { title: "in the main file, below the Include", files: { [MAIN]: INCLUDE + CA } },
    { title: "in a later drop-in", files: { [MAIN]: INCLUDE, [`${FOLDER}/70-ca.conf`]: CA } },
    { title: "twice", files: { [MAIN]: `${INCLUDE}${CA}AuthorizedPrincipalsCommand /usr/bin/true\n` } },
    { title: "in a Match block", files: { [MAIN]: `${INCLUDE}Match User bob\n  ${PRINCIPALS.replace("\n", "\n  ")}` } },
    {
      title: "after another command, which is replaced",
      files: { [MAIN]: `${INCLUDE}${CA}${lines("/usr/bin/env %u")}` },
      words: ["--replace"],
    },
    { title: "without an Include", files: { [MAIN]: `UsePAM no\n${CA}` }, words: ["--edit-main"] },
    { title: "chained", files: { [MAIN]: `${INCLUDE}${CA}${lines("/usr/bin/env %u")}` }, words: ["--chain"] },
  ])("AuthorizedPrincipalsCommand $title stays in force", async ({ files, words = [] }) => {
    host.lay(files);
    const [tree, before] = [host.tree(), await whole()];
    expect(text(await host.sshd("enable", ...words))).toMatch(/^checked /m);
    const enabled = await whole();
    expect(others(enabled)).toEqual(others(before));
    expect(enabled.alice?.find((line) => line.startsWith("authorizedkeyscommand "))).toContain(OURS);
    expect(text(await host.sshd("enable", ...words))).toMatch(/^unchanged /);
    expect(await host.sshd("disable")).toMatchObject({ status: 0, stderr: "" });
    expect(host.tree()).toEqual(tree);
    expect(await whole()).toEqual(before);
  });

  test("an administrator's lines in a drop-in that repeats stay when eic-agent's are removed", async () => {
    host.lay({ [MAIN]: INCLUDE + CA });
    await host.sshd("enable");
    const { stdout } = await host.namespace.mustRun(["cat", DROP_IN]);
    host.namespace.write(DROP_IN, `${stdout}PermitTTY no\n`);
    await host.sshd("disable");
    expect((await host.namespace.mustRun(["cat", DROP_IN])).stdout).toBe("PermitTTY no\n");
  });

  test("a drop-in with another option for the command line, which hiding would remove, is not hidden", async () => {
    const start = `[Service]\nExecStart=\nExecStart=/usr/sbin/sshd -D -o "AuthorizedKeysCommand /usr/bin/env %%u" -o "AuthorizedKeysCommandUser nobody" -o "PermitRootLogin no"\n`;
    host.lay({
      [MAIN]: INCLUDE,
      [UNIT]: "[Service]\nExecStart=/usr/sbin/sshd -D\n",
      [`${UNIT}.d/x.conf`]: start,
    });
    const tree = host.tree();
    const told = await host.sshd("enable", "--replace");
    expect(text(told)).toMatch(/^unchanged +the change would also change permitrootlogin for all users: "no" before/);
    expect(told.status).toBe(1);
    expect(host.tree()).toEqual(tree);
  });

  test.each([
    { title: "Match User", block: "Match User bob", line: "permittty no" },
    { title: "Match Address", block: "Match Address 10.0.0.0/8", line: "permittty no" },
    { title: "Match LocalPort", block: "Match LocalPort 2222 Host *.corp", line: "permittty no" },
  ])("inside $title, too, nothing else may change, even if only sshd can show it", async ({ block }) => {
    // An sshd that prints another value as soon as our drop-in exists, as a future OpenSSH may do.
    host.lay({ [MAIN]: `${INCLUDE}${block}\n  PermitTTY no\n` });
    const tree = host.tree();
    await host.namespace.mustRun(["cp", "/usr/sbin/sshd", "/etc/sshd-itself"]);
    const changed = `said=$(/etc/sshd-itself "$@") || exit; [ -e ${DROP_IN} ] || exec printf '%s\\n' "$said"; printf '%s\\n' "$said" | sed 's/^permittty no/permittty yes/'`;
    await host.instead("/usr/sbin/sshd", `#!/bin/sh\n${changed}\n`, async () => {
      const told = await host.sshd("enable");
      expect(text(told)).toMatch(/would also change permittty for \w+ \(Match .*: "no" before, "yes" after/);
      expect(told.status).toBe(1);
    });
    expect(host.tree()).toEqual(tree);
  });

  test.each([
    { main: 0o600, ours: 0o600 },
    { main: 0o640, ours: 0o640 },
    { main: 0o664, ours: 0o644 },
  ])("no file of eic-agent is readable by more users than sshd_config: $main", async ({ main, ours }) => {
    const modes = () =>
      Object.keys(host.tree())
        .filter((path) => /eic-agent/.test(path))
        .map((path) => [path, statSync(host.namespace.outside(path)).mode & 0o7777] as const);
    for (const [files, words, written, times] of [
      [{ [MAIN]: INCLUDE }, [], 1, 2],
      [{ [MAIN]: INCLUDE, [`${FOLDER}/10-x.conf`]: lines("/usr/bin/env") }, ["--replace"], 2, 1],
    ] as const) {
      host.lay(files);
      chmodSync(host.namespace.outside(MAIN), main);
      for (let time = 0; time < times; time += 1) {
        expect(await host.sshd("enable", ...words)).toMatchObject({ status: 0 });
        expect(modes().length).toBe(written);
        for (const [, mode] of modes()) expect(mode).toBe(ours);
        expect(await host.sshd("disable")).toMatchObject({ status: 0 });
      }
    }
    host.lay({ [MAIN]: "UsePAM no\n" });
    chmodSync(host.namespace.outside(MAIN), main);
    await host.sshd("enable", "--edit-main");
    expect(modes().toSorted()).toEqual([
      [DROP_IN, ours],
      [`${MAIN}.eic-agent-backup`, main],
    ]);
    expect(statSync(host.namespace.outside(MAIN)).mode & 0o7777).toBe(main);
  });

  test("a drop-in that was closed to others stays closed when it is written again", async () => {
    host.lay({ [MAIN]: INCLUDE + lines("/usr/bin/env %u") });
    await host.sshd("enable", "--replace");
    chmodSync(host.namespace.outside(DROP_IN), 0o600);
    expect(await host.sshd("enable", "--chain")).toMatchObject({ status: 0 });
    expect(statSync(host.namespace.outside(DROP_IN)).mode & 0o7777).toBe(0o600);
  });
});
