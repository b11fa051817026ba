/** Checks what the Debian package's scripts call, in every way in which dpkg may run them; and that none stops dpkg. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWith } from "../support/needs.ts";
import { ask, DEBS } from "./built.ts";
import { openScratch, type Scratch } from "./scratch.ts";

/** On a first installation: AWS's package is replaced by this one, and so is its command. */
const FIRST = "sshd enable --replace-aws";
const LAST = "sshd status,sshd disable";

/** A package that replaces eic-agent, and whose installation fails after eic-agent's removal has begun. */
const RIVAL = `
  mkdir -p /rival/DEBIAN
  cat >/rival/DEBIAN/control <<'TEXT'
Package: rival
Version: 1
Architecture: all
Maintainer: Tests <root@localhost>
Conflicts: eic-agent
Replaces: eic-agent
Provides: eic-agent
Description: fails
TEXT
  printf '#!/bin/sh\\nexit 1\\n' >/rival/DEBIAN/preinst
  chmod 755 /rival/DEBIAN/preinst
  dpkg-deb --build /rival /rival.deb >/dev/null
`;

interface Way {
  readonly way: string;
  readonly script: string;
  readonly said: readonly string[];
}

const WAYS: readonly Way[] = [
  {
    way: "enables on the first installation, and leaves sshd alone on upgrades and downgrades",
    script: "install old; calls first; install old; calls again; install new; calls up; install old; calls down",
    said: [`first: ${FIRST}`, "again: ", "up: ", "down: "],
  },
  {
    way: "disables on removal, and enables on reinstallation, which is a first installation",
    script:
      "install old; calls first; dpkg -r eic-agent; calls remove; install new; calls back; install old; calls then",
    said: [`first: ${FIRST}`, `remove: ${LAST}`, `back: ${FIRST}`, "then: "],
  },
  {
    way: "enables after a purge",
    script: "install old; calls first; dpkg -P eic-agent; calls purge; install old; calls anew",
    said: [`first: ${FIRST}`, `purge: ${LAST}`, `anew: ${FIRST}`],
  },
  {
    way: "enables when a first installation is completed later, once",
    script: `dpkg --unpack /given/old.deb; calls unpacked; dpkg --force-depends --configure -a; calls configured
      dpkg --force-depends --configure -a; calls again`,
    said: ["unpacked: ", `configured: ${FIRST}`, "again: "],
  },
  {
    way: "enables when another version is installed over one that was never configured",
    script: "dpkg --unpack /given/old.deb; install new; calls first",
    said: [`first: ${FIRST}`],
  },
  {
    way: "enables when an installation after a removal is completed later, by another version",
    script: "install old; dpkg -r eic-agent; calls before; dpkg --unpack /given/old.deb; install new; calls back",
    said: [`before: ${FIRST},${LAST}`, `back: ${FIRST}`],
  },
  {
    way: "leaves sshd unchanged when an upgrade is completed later",
    script: "install old; calls first; dpkg --unpack /given/new.deb; dpkg --force-depends --configure -a; calls up",
    said: [`first: ${FIRST}`, "up: "],
  },
  {
    way: "enables again what was in force, when dpkg aborts a removal",
    script: `${RIVAL} install old; calls first; dpkg -i /rival.deb || :; calls off; dpkg -s eic-agent | grep Status
      install new; calls then`,
    said: [`first: ${FIRST}`, `off: ${LAST},${FIRST}`, "Status: install ok installed", "then: "],
  },
  {
    way: "does not enable what was not in force, when dpkg aborts a removal",
    script: `${RIVAL} echo 1 >/answer-status; install old; calls first; dpkg -i /rival.deb || :; calls off`,
    said: [`first: ${FIRST}`, `off: ${LAST}`],
  },
  {
    way: "changes nothing of this system when it is installed into another one from outside",
    script: `mkdir -p /inner/var/lib; cp -a /var/lib/dpkg /inner/var/lib/
      words='--root=/inner --force-script-chrootless --force-depends'
      dpkg $words -i /given/old.deb; test -x /inner/usr/bin/eic-agent
      dpkg $words -r eic-agent; dpkg $words -i /given/old.deb; dpkg $words -P eic-agent; calls outside
      getent passwd eic-agent || echo 'account: none'; ls /inner/var/lib/eic-agent || echo 'left: nothing'`,
    said: ["outside: ", "account: none", "left: nothing"],
  },
  {
    way: "makes an account that cannot log in and has no home",
    script: `install old; getent passwd eic-agent | cut -d: -f1,5-; test ! -e /nonexistent
      getent shadow eic-agent | cut -c1-11; id -gn eic-agent; [ "$(id -u eic-agent)" -lt 1000 ]`,
    said: [
      "eic-agent:EC2 Instance Connect agent:/nonexistent:/usr/sbin/nologin",
      expect.stringMatching(/^eic-agent:[!*]/) as unknown as string,
      "eic-agent",
    ],
  },
  {
    way: "makes the same account without systemd-sysusers",
    script: `rm /usr/bin/systemd-sysusers; install old; getent passwd eic-agent | cut -d: -f1,5-; test ! -e /nonexistent
      getent shadow eic-agent | cut -c1-11; id -gn eic-agent; [ "$(id -u eic-agent)" -lt 1000 ]; calls first`,
    said: [
      "eic-agent:EC2 Instance Connect agent:/nonexistent:/usr/sbin/nologin",
      expect.stringMatching(/^eic-agent:[!*]/) as unknown as string,
      "eic-agent",
      `first: ${FIRST}`,
    ],
  },
  {
    way: "keeps an existing account unchanged, also on removal",
    script: `useradd --system --uid 777 --home-dir /elsewhere --shell /bin/false eic-agent
      install old; dpkg -P eic-agent; getent passwd eic-agent | cut -d: -f1,3,6-`,
    said: ["eic-agent:777:/elsewhere:/bin/false"],
  },
  {
    way: "leaves settings when it is removed, and only the account when it is purged",
    // The two folders made here belong to the package systemd.
    script: `touch /log; mkdir -p /etc/systemd/system /var/lib/systemd; find / -xdev | sort >/tmp/before
      install old; echo x >/etc/eic-agent/config.toml; dpkg -r eic-agent; find /etc/eic-agent
      dpkg -P eic-agent; rm -f /calls; find / -xdev | sort >/tmp/after
      comm -3 /tmp/before /tmp/after | grep -v '/var/lib/dpkg/\\|/var/log/\\|/etc/[a-z]*-$\\|/etc/\\.pwd\\.lock\\|/tmp/' || :
      getent passwd eic-agent | cut -d: -f1`,
    said: ["/etc/eic-agent", "/etc/eic-agent/config.toml", "eic-agent"],
  },
];

/** Ways in which the program fails. */
const BROKEN = [
  {
    what: "refuses",
    break: "echo 1 >/answer-enable; echo 1 >/answer-disable",
    said: /^eic-agent: sshd does not ask eic-agent yet, for the reason above; when .* run 'eic-agent sshd enable' as root$/,
  },
  {
    what: "has a usage error",
    break: "echo 2 >/answer-enable; echo 2 >/answer-disable",
    said: /enable --replace-aws' ended with status 2; when that .+\n.+disable' ended with status 2; remove .+ by hand/,
  },
  { what: "is killed", break: "echo 137 >/answer-enable; echo 137 >/answer-disable", said: /ended with status 137;/ },
  { what: "may not be executed", break: "chmod 644 /usr/bin/eic-agent", said: /ended with status 126;/ },
  { what: "is for another processor", break: "printf '\\177ELF' >/usr/bin/eic-agent", said: /ended with status 126;/ },
  { what: "is gone", break: "rm /usr/bin/eic-agent", said: /ended with status 127;/ },
];

describeWith("scratch-root", "the scripts of the Debian package", () => {
  let scratch: Scratch;
  beforeAll(() => {
    scratch = openScratch();
  });
  afterAll(() => scratch.close());

  test.each(WAYS)("$way", async ({ script, said }) => {
    expect(await scratch.run(script)).toEqual(said);
  });

  test.each(BROKEN)("do not stop dpkg when the program $what", async ({ what, break: breaking, said }) => {
    const script = `dpkg --unpack /given/old.deb; ${breaking}
      dpkg --force-depends --configure -a || echo failed; dpkg -s eic-agent | grep Status
      dpkg -r eic-agent || echo failed; dpkg -s eic-agent | grep Status
      grep '^eic-agent: ' /log || :`;
    const [configured, removed, ...told] = await scratch.run(script);
    expect([configured, removed]).toEqual(["Status: install ok installed", "Status: deinstall ok config-files"]);
    expect(told.join("\n")).toMatch(said);
    // If the program could report the reason itself, the removal does not repeat it.
    expect(told).toHaveLength(what === "refuses" ? 1 : 2);
  });

  test.each(["preinst", "postinst", "prerm", "postrm"])("are valid scripts for dash: %s", async (name) => {
    const asked = 'dpkg-deb --ctrl-tarfile "$1" | tar -xO "./$2"';
    const script = await ask("sh", "-c", asked, "sh", DEBS[0].path, name);
    expect(script).toMatch(/^#!\/bin\/sh\n/);
    expect(script).not.toMatch(/@[A-Z]+@/);
    await ask("dash", "-n", "-c", script);
  });

  test("show the program's output", async () => {
    // The program's output is not hidden, and the program cannot ask questions.
    const script = `dpkg --unpack /given/old.deb
      printf '#!/bin/sh\\necho reason; read -r answer || echo "nobody answers"; exit 1\\n' >/usr/bin/eic-agent
      dpkg --force-depends --configure -a; grep -x 'reason\\|nobody answers' /log`;
    expect(await scratch.run(script)).toEqual(["reason", "nobody answers"]);
  });
});
