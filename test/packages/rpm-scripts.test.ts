/** Checks what the rpm package's scriptlets call, in every way in which rpm may run them; and that none stops rpm. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWith } from "../support/needs.ts";
import { ask, query, RPMS } from "./built.ts";
import { openScratch, type Scratch } from "./scratch.ts";

const WAYS = [
  {
    way: "enable on the first installation, and leave sshd unchanged on upgrades, downgrades and reinstallation",
    script: `add -i old; calls first; add -U new; calls up; add '-U --oldpackage' old; calls down
      add '-U --replacepkgs' old; calls anew; rpm --reinstall --nodeps /given/old.rpm; calls reinstalled`,
    said: ["first: sshd enable", "up: ", "down: ", "anew: ", "reinstalled: "],
  },
  {
    way: "disable on removal, and enable on reinstallation",
    script: "add -i old; calls first; rpm -e eic-agent; calls removed; add -U new; calls back",
    said: ["first: sshd enable", "removed: sshd disable", "back: sshd enable"],
  },
  {
    way: "make an account that cannot log in and has no home, and leave it on removal",
    script: `add -i old; getent passwd eic-agent | cut -d: -f1,5-; rpm -e eic-agent; getent passwd eic-agent | cut -d: -f1
      test ! -e /etc/eic-agent; test ! -e /nonexistent`,
    said: ["eic-agent:EC2 Instance Connect agent:/nonexistent:/usr/sbin/nologin", "eic-agent"],
  },
  {
    way: "make it without systemd-sysusers",
    script: "rm /usr/bin/systemd-sysusers; add -i old; getent passwd eic-agent | cut -d: -f1,5-; calls first",
    said: ["eic-agent:EC2 Instance Connect agent:/nonexistent:/usr/sbin/nologin", "first: sshd enable"],
  },
  {
    way: "leave the administrator's settings on removal",
    script: "add -i old; echo x >/etc/eic-agent/config.toml; rpm -e eic-agent; find /etc/eic-agent",
    said: ["/etc/eic-agent", "/etc/eic-agent/config.toml"],
  },
];

/** Ways in which the program fails. It is broken between two transactions, as a transaction of rpm has no pause. */
const BROKEN = [
  { what: "refuses", break: "echo 1 >/answer-disable", said: [] },
  { what: "has a usage error", break: "echo 2 >/answer-disable", said: [2] },
  { what: "may not be executed", break: "chmod 644 /usr/bin/eic-agent", said: [126] },
  { what: "is gone", break: "rm /usr/bin/eic-agent", said: [127] },
];

describeWith("scratch-root", "the scriptlets of the rpm package", () => {
  let scratch: Scratch;
  beforeAll(() => {
    scratch = openScratch();
  });
  afterAll(() => scratch.close());
  // On rpm systems sh is bash.
  const prelude = 'ln -sf bash /usr/bin/sh; add() { rpm $1 --nodeps "/given/$2.rpm"; }';
  const run = (script: string) => scratch.run(`${prelude}\n${script}`);

  test.each(WAYS)("$way", async ({ script, said }) => {
    expect(await run(script)).toEqual(said);
  });

  test.each([1, 2, 137])("do not stop rpm when enabling ends with %i", async (status) => {
    const said = await run(`echo ${status} >/answer-enable; add -i old || echo failed; command rpm -q eic-agent
      grep -c "enable' ended with status ${status}; when that is corrected" /log || :`);
    expect(said).toEqual([expect.stringMatching(/^eic-agent-1\.0\.0-1\./), status === 1 ? "0" : "1"]);
  });

  test.each(BROKEN)("do not stop rpm when the program $what", async ({ break: breaking, said }) => {
    const script = `add -i old; ${breaking}; rpm -e eic-agent || echo failed; command rpm -q eic-agent || :
      sed -n "s/^eic-agent: 'eic-agent sshd disable' ended with status \\([0-9]*\\); remove .* by hand.*/\\1/p" /log`;
    expect(await run(script)).toEqual(["package eic-agent is not installed", ...said.map(String)]);
  });

  test.each(RPMS)("are valid scripts for dash, and exit 0: $path", async ({ path }) => {
    for (const tag of ["PREIN", "POSTIN", "PREUN", "POSTUN"]) {
      expect(await query(path, `%{${tag}PROG}`)).toBe("/bin/sh");
      const script = await query(path, `%{${tag}}`);
      expect(script).not.toMatch(/@[A-Z]+@|%%/);
      expect(script).toMatch(/\nexit 0$/);
      await ask("dash", "-n", "-c", script);
    }
  });

  test.each(RPMS)("are these four, and no triggers: $path", async ({ path }) => {
    expect(await query(path, "%{PRETRANS} %{POSTTRANS} [%{TRIGGERSCRIPTS}][%{FILETRIGGERSCRIPTS}]")).toBe(
      "(none) (none)",
    );
  });
});
