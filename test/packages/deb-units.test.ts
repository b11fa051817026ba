/**
 * Checks what the Debian package's scripts do with systemd, in every way in which dpkg may run them. Recorders replace
 * systemctl, Debian's helpers and systemd-tmpfiles; test/install checks what the real programs then do.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWith } from "../support/needs.ts";
import {
  AGAIN,
  ENABLED,
  FIRST,
  FOLDER,
  FORGET,
  RELOAD,
  REMOVE,
  RESTART_SOCKET,
  SERVED,
  START,
  STOP,
  UPGRADE,
} from "./deb-calls.ts";
import { openScratch, type Scratch } from "./scratch.ts";

/** Extracts the scripts of `new`, to call them by hand as dpkg does. */
const BY_HAND = `
  dpkg-deb --control /given/new.deb /scripts
  by_hand() { DPKG_MAINTSCRIPT_PACKAGE=eic-agent DPKG_MAINTSCRIPT_NAME=$1 "/scripts/$@" </dev/null >>/log 2>&1; }
`;

interface Way {
  readonly way: string;
  readonly script: string;
  readonly said: readonly string[];
}

const WAYS: readonly Way[] = [
  {
    way: "make the folder, enable and start the socket, and only then sshd, on the first installation",
    script: "install old; calls first",
    said: [`first: ${FIRST}`],
  },
  {
    way: "stop the service on upgrades and downgrades, and leave socket and sshd alone",
    script: "install old; calls first; install new; calls up; install old; calls down; install old; calls again",
    said: [`first: ${FIRST}`, `up: ${UPGRADE}`, `down: ${UPGRADE}`, `again: ${UPGRADE}`],
  },
  {
    way: "restart the socket as well if its unit has changed",
    script: `install old; calls first; echo '# other' >>/usr/lib/systemd/system/eic-agent.socket; install new; calls up
      install old; calls down`,
    said: [`first: ${FIRST}`, `up: ${UPGRADE},${RESTART_SOCKET}`, `down: ${UPGRADE}`],
  },
  {
    // deb-systemd-invoke(1): if policy-rc.d exits with 101, it does nothing and exits with 0.
    way: "say what to do if the service of the previous version may not be stopped",
    script: "served; install old; calls first; install new; calls up; told",
    said: [
      `first: ${FIRST}`,
      `up: ${SERVED}`,
      expect.stringMatching(
        /^eic-agent: the service of the previous version was not stopped .*systemctl stop eic-agent\.s/,
      ),
    ],
  },
  ...[
    { what: "has stopped", process: "0" },
    { what: "has been replaced already", process: "4712" },
  ].map(({ what, process }) => ({
    way: `print nothing if the service ${what}, once it was stopped`,
    script: `served; echo 'echo ${process} >/process' >/does-deb-systemd-invoke-stop; install old; calls first
      install new; calls up; told`,
    said: [`first: ${FIRST}`, `up: ${SERVED}`],
  })),
  {
    way: "recognize an upgrade if /var is full, and leave the socket unchanged",
    script: "install old; calls first; full /var/lib/eic-agent; install new; calls up; ls /var/lib/eic-agent",
    said: [`first: ${FIRST}`, `up: ${UPGRADE}`, "full"],
  },
  {
    way: "continue if no note can be written, and say what to do",
    script: `install old; calls first; no_more /var/lib/eic-agent; dpkg -r eic-agent; calls remove; told
      no_more /var/lib/eic-agent; install old; dpkg -s eic-agent | grep Status; told`,
    said: [
      `first: ${FIRST}`,
      `remove: ${REMOVE}`,
      "Status: install ok installed",
      expect.stringMatching(/cannot write to \/var\/lib\/eic-agent.*'systemctl enable --now .*'eic-agent sshd enable'/),
    ],
  },
  {
    way: "know the old unit when an upgrade is completed later, by another version",
    script: `install old; calls first; echo '# other' >>/usr/lib/systemd/system/eic-agent.socket
      dpkg --unpack /given/new.deb; calls unpacked; install old; calls up; ls /var/lib/eic-agent || echo 'left: nothing'`,
    said: [`first: ${FIRST}`, "unpacked: ", `up: ${UPGRADE},${RESTART_SOCKET}`, "left: nothing"],
  },
  {
    way: "enable and start the socket, and leave sshd alone, on an upgrade from a version that had a link and no units",
    script: `install earlier; readlink /usr/libexec/eic-agent/authorized-keys; install new; calls up
      test -f /usr/libexec/eic-agent/authorized-keys; test ! -L /usr/libexec/eic-agent/authorized-keys
      install earlier; readlink /usr/libexec/eic-agent/authorized-keys; calls down; install new; calls back`,
    said: [
      "../../bin/eic-agent",
      `up: ${[FOLDER, ENABLED, RELOAD, START].join(",")}`,
      "../../bin/eic-agent",
      // Otherwise the socket would continue to listen, and be enabled, although its files are gone.
      `down: ${[STOP, FORGET, RELOAD].join(",")}`,
      `back: ${[FOLDER, ENABLED, RELOAD, START].join(",")}`,
    ],
  },
  {
    way: "leave a masked socket unchanged, also on a first installation",
    script: `mkdir -p /etc/systemd/system; ln -s /dev/null /etc/systemd/system/eic-agent.socket; install old; calls first
      install new; calls up; dpkg -r eic-agent; readlink /etc/systemd/system/eic-agent.socket; told`,
    said: [`first: ${FOLDER},sshd enable --replace-aws`, `up: ${UPGRADE}`, "/dev/null"],
  },
  {
    way: "do not enable a disabled socket, if Debian's helper has recorded that",
    script: "echo 1 >/answer-deb-systemd-helper-was-enabled; install earlier; install new; calls up",
    said: [`up: ${[FOLDER, ENABLED.replace("helper enable", "helper update-state"), RELOAD, START].join(",")}`],
  },
  {
    way: "revert sshd's configuration, then stop, then forget, on removal; and start afresh after it",
    script: `install old; calls first; mkdir -p /run/eic-agent/slots; dpkg -r eic-agent; calls remove
      ls /run/eic-agent || echo 'left: nothing'; dpkg -P eic-agent; calls purge; install old; calls back`,
    said: [`first: ${FIRST}`, `remove: ${REMOVE}`, "left: nothing", `purge: ${FORGET}`, `back: ${FIRST}`],
  },
  {
    way: "start the socket again when dpkg aborts a removal, if it was active",
    script: `install old; calls first; ${BY_HAND} by_hand prerm remove; calls removing
      by_hand postinst abort-remove; calls off; ls /var/lib/eic-agent || echo 'left: nothing'`,
    said: [
      `first: ${FIRST}`,
      `removing: ${REMOVE.slice(0, REMOVE.indexOf(FORGET) - 1)}`,
      `off: ${[FOLDER, RELOAD, START, AGAIN, "sshd enable --replace-aws"].join(",")}`,
      "left: nothing",
    ],
  },
  {
    way: "start nothing again that was not active when dpkg aborts a removal",
    script: `echo 3 >/answer-systemctl-is-active; echo 1 >/answer-status; install old; calls first; ${BY_HAND}
      echo 1 >/answer-systemctl-is-enabled
      by_hand prerm remove in-favour rival 1; by_hand postinst abort-remove in-favour rival 1; calls off`,
    said: [`first: ${FIRST}`, `off: ${REMOVE.slice(0, REMOVE.indexOf(FORGET) - 1)},${FOLDER},${AGAIN.split(",")[0]}`],
  },
  {
    way: "restore only the folder when dpkg aborts an upgrade",
    script: `install old; calls first; ${BY_HAND} by_hand preinst upgrade 1.0.0 1.1.0; by_hand postrm abort-upgrade 1.0.0 1.1.0
      by_hand postinst abort-upgrade 1.1.0; calls off; ls /var/lib/eic-agent || echo 'left: nothing'`,
    said: [`first: ${FIRST}`, `off: ${FOLDER},${RELOAD}`, "left: nothing"],
  },
  {
    way: "enable and start nothing of the outer system when the package is installed into another one from outside",
    script: `mkdir -p /inner/var/lib /inner/run/systemd/system; cp -a /var/lib/dpkg /inner/var/lib/
      words='--root=/inner --force-script-chrootless --force-depends'
      dpkg $words -i /given/old.deb; calls installed; dpkg $words -i /given/new.deb; calls upgraded
      dpkg $words -P eic-agent; calls purged; ls /run/eic-agent || echo 'made: nothing'`,
    said: [`installed: ${ENABLED}`, "upgraded: ", `purged: ${FORGET},${FORGET}`, "made: nothing"],
  },
];

/** Debian policy 6.5 to 6.8: every way in which dpkg may call a script, and what the script may then call. */
const CALLS: readonly (readonly [words: string, calls: string])[] = [
  ["preinst install", ""],
  ["preinst install 1.0.0 1.1.0", ""],
  ["preinst upgrade 1.0.0 1.1.0", ""],
  ["preinst abort-upgrade 1.1.0", ""],
  ["postinst configure", FIRST],
  ["postinst configure 1.0.0", UPGRADE],
  ["postinst reconfigure 1.0.0", FOLDER],
  ["postinst abort-upgrade 1.1.0", `${FOLDER},${RELOAD}`],
  ["postinst abort-remove", `${FOLDER},${AGAIN}`],
  ["postinst abort-remove in-favour rival 1", `${FOLDER},${AGAIN}`],
  ["postinst abort-deconfigure in-favour rival 1", ""],
  ["postinst abort-deconfigure in-favour rival 1 removing other 1", ""],
  ["postinst triggered something", ""],
  ["prerm upgrade 1.1.0", ""],
  ["prerm failed-upgrade 1.0.0 1.1.0", ""],
  ["prerm deconfigure in-favour rival 1", ""],
  ["prerm deconfigure in-favour rival 1 removing other 1", ""],
  ["prerm remove", REMOVE.slice(0, REMOVE.indexOf(FORGET) - 1)],
  ["prerm remove in-favour rival 1", REMOVE.slice(0, REMOVE.indexOf(FORGET) - 1)],
  ["postrm remove", `${FORGET},${RELOAD}`],
  ["postrm purge", FORGET],
  ["postrm upgrade 1.1.0", ""],
  ["postrm failed-upgrade 1.0.0 1.1.0", ""],
  ["postrm abort-install", ""],
  ["postrm abort-install 1.0.0 1.1.0", ""],
  ["postrm abort-upgrade 1.0.0 1.1.0", ""],
  ["postrm disappear rival 1", ""],
];

/** Programs of the system that are missing or fail, and the lines that the user then gets. */
const ENABLE =
  /eic-agent\.socket could not be enabled and started; 'eic-agent doctor' as root shows why\. .*systemctl enable --now eic-agent\.socket/;
const STOPPING = /could not stop eic-agent\.socket and eic-agent\.service; run 'systemctl stop'/;
const METRICS_STOPPING = /could not stop eic-agent-metrics\.timer; run 'systemctl stop/;
const SERVICE = /could not stop the service of the previous version; run 'systemctl stop eic-agent\.service'/;
const RELOADING = /'systemctl daemon-reload' failed; .*systemctl restart eic-agent\.socket/;
const BROKEN = [
  { what: "deb-systemd-helper is gone", break: "rm /usr/bin/deb-systemd-helper", lines: [ENABLE] },
  { what: "deb-systemd-helper fails", break: "echo 1 >/answer-deb-systemd-helper", lines: [ENABLE] },
  {
    what: "deb-systemd-invoke is gone",
    break: "rm /usr/bin/deb-systemd-invoke",
    lines: [ENABLE, SERVICE, METRICS_STOPPING, STOPPING],
  },
  {
    what: "deb-systemd-invoke fails",
    break: "echo 1 >/answer-deb-systemd-invoke",
    lines: [ENABLE, SERVICE, METRICS_STOPPING, STOPPING],
  },
  { what: "systemctl is gone", break: "rm /usr/bin/systemctl", lines: [] },
  { what: "systemctl fails", break: "echo 1 >/answer-systemctl", lines: [RELOADING, RELOADING, RELOADING] },
  { what: "systemd-tmpfiles is gone", break: "rm /usr/bin/systemd-tmpfiles", lines: [] },
  { what: "systemd-tmpfiles fails", break: "echo 1 >/answer-systemd-tmpfiles", lines: [] },
];

describeWith("scratch-root", "the scripts of the Debian package, with systemd,", () => {
  let scratch: Scratch;
  beforeAll(() => {
    scratch = openScratch();
  });
  afterAll(() => scratch.close());

  test.each(WAYS)("$way", async ({ script, said }) => {
    expect(await scratch.run(`booted; ${script}`)).toEqual(said);
  });

  test.each(CALLS)("exit 0 and do no more than they should: %s", async (words, expected) => {
    const script = `booted; mkdir -p /usr/bin; printf '#!/bin/sh\\necho "$*" >>/calls\\n' >/usr/bin/eic-agent
      chmod 755 /usr/bin/eic-agent; ${BY_HAND} by_hand ${words} || echo failed; calls by-hand; cat /log`;
    const [by, ...log] = await scratch.run(script);
    expect(by).toBe(`by-hand: ${expected}`);
    expect(log.filter((line) => line.startsWith("eic-agent: "))).toEqual([]);
  });

  test.each(BROKEN)("do not stop dpkg, and say what to do, if $what", async ({ break: breaking, lines }) => {
    const script = `booted; ${breaking}
      install old || echo failed; dpkg -s eic-agent | grep Status; install new || echo failed; dpkg -s eic-agent | grep Status
      dpkg -r eic-agent || echo failed; dpkg -s eic-agent | grep Status; told`;
    const [installed, upgraded, removed, ...told] = await scratch.run(script);
    expect([installed, upgraded, removed]).toEqual([
      "Status: install ok installed",
      "Status: install ok installed",
      "Status: deinstall ok config-files",
    ]);
    expect(told).toEqual(lines.map((line) => expect.stringMatching(line)));
  });
});
