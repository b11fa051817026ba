/** Queries of sshd: resources lent so that it answers. A missing answer is never a value. sshd is replaced by its output. */
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { effectiveCommand, effectiveSettings, parseValues } from "../../src/sshd/inspect/effective.ts";
import type { Exec, ExecResult } from "../../src/sshd/inspect/exec.ts";

const ANSWER =
  "port 22\nauthorizedkeyscommand /x %u %f\nauthorizedkeyscommanduser eic-agent\nacceptenv LANG\nacceptenv LC_*\n";
const NO_KEY = "sshd: no hostkeys available -- exiting.\r\n";
const NO_FOLDER = "Missing privilege separation directory: /run/sshd\r\n";
const ended = (status: number, stderr: string, stdout = ""): ExecResult => ({ status, stdout, stderr });

interface Played extends Exec {
  readonly calls: string[];
}

/** @param sshd returns sshd's output for all words */
function played(sshd: (words: string) => ExecResult, { root = true, without = "" } = {}): Played {
  const calls: string[] = [];
  return {
    root,
    calls,
    find: (name) => (name === without ? undefined : `/bin/${name}`),
    run: async (program, words) => {
      const all = [program, ...words].join(" ");
      calls.push(all);
      return program === "/bin/ssh-keygen" ? ended(0, "") : sshd(all);
    },
  };
}

const KNOWN = { kind: "known", command: "/x %u %f", user: "eic-agent" };

describe("effectiveCommand", () => {
  test("runs sshd once if nothing is missing", async () => {
    const programs = played(() => ended(0, "", ANSWER));
    expect(await effectiveCommand({}, programs)).toEqual(KNOWN);
    expect(programs.calls).toEqual(["/bin/sshd -T"]);
  });

  test("passes every criterion of a Match line, and the words of the command line", async () => {
    const programs = played(() => ended(0, "", ANSWER));
    await effectiveCommand({ connection: { user: "alice" }, words: ["-o", "Port=23"] }, programs);
    expect(programs.calls).toEqual([
      "/bin/sshd -T -o Port=23 -C user=alice,host=localhost,addr=127.0.0.1,laddr=127.0.0.1,lport=22,rdomain=",
    ]);
  });

  test("provides a temporary host key and the folder of privilege separation, and leaves neither behind", async () => {
    const programs = played((words) => {
      if (!words.includes(" -h /")) return ended(1, NO_KEY);
      return words.startsWith("/bin/setpriv --no-new-privs /bin/unshare ")
        ? ended(0, "", ANSWER)
        : ended(255, NO_FOLDER);
    });
    expect(await effectiveCommand({}, programs)).toEqual(KNOWN);
    const lent = / -h (\/\S+)$/.exec(programs.calls.at(-1) ?? "")?.[1];
    expect(lent).toMatch(/^(\/tmp\/eic-agent-|\/run\/eic-agent\/scratch-).*\/key$/);
    expect(existsSync(lent?.replace(/\/key$/, "") ?? "/")).toBe(false);
  });

  test.each(["hostkey", "HostKey"])("does not count the temporary key as a setting: %s", async (keyword) => {
    const programs = played((words) => {
      const [, key] = / -h (\S+)$/.exec(words) ?? [];
      return key === undefined ? ended(1, NO_KEY) : ended(0, "", `${ANSWER}${keyword} ${key}\n`);
    });
    expect(await effectiveSettings({}, programs)).toHaveProperty("values", parseValues(ANSWER));
  });

  test.each([
    { title: "there is no sshd", programs: played(() => ended(0, ""), { without: "sshd" }), why: "no-sshd" },
    {
      title: "its files are not readable",
      programs: played(() => ended(1, "/etc/ssh/sshd_config: Permission denied\r\n"), { root: false }),
      why: "needs-root",
    },
    {
      title: "it does not accept them",
      programs: played(() => ended(255, "/etc/ssh/sshd_config: line 3: Bad configuration option: X\r\n")),
      why: "config-invalid",
    },
    {
      title: "no temporary key can be made",
      programs: played(() => ended(1, NO_KEY), { without: "ssh-keygen" }),
      why: "no-host-key",
    },
    { title: "a new key does not help", programs: played(() => ended(1, NO_KEY)), why: "config-invalid" },
    {
      title: "no temporary folder can be made",
      programs: played(() => ended(255, NO_FOLDER), { without: "unshare" }),
      why: "no-privsep-folder",
    },
    { title: "a new folder does not help", programs: played(() => ended(255, NO_FOLDER)), why: "no-privsep-folder" },
    {
      title: "it never ends",
      programs: played(() => ({ status: undefined, stdout: "", stderr: "", failed: "no end" })),
      why: "failed",
    },
  ])("gives the reason if $title", async ({ programs, why }) => {
    expect(await effectiveCommand({}, programs)).toMatchObject({ kind: "unknown", why });
  });

  test.each(["a,b", "a b", "", "a\n"])("does not ask for a user %j, whom -C cannot name", async (user) => {
    const programs = played(() => ended(0, "", ANSWER));
    expect(await effectiveCommand({ connection: { user } }, programs)).toMatchObject({ kind: "unknown" });
    expect(programs.calls).toEqual([]);
  });

  test.each(["none", "NONE"])("treats %s as no command", async (value) => {
    const programs = played(() => ended(0, "", `authorizedkeyscommand ${value}\n`));
    expect(await effectiveCommand({}, programs)).toEqual({ kind: "known", command: undefined, user: undefined });
  });
});

test("repeated keywords keep all their values", () => {
  expect([...parseValues(ANSWER)]).toContainEqual(["acceptenv", ["LANG", "LC_*"]]);
});
