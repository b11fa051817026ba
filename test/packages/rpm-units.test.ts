/**
 * Checks what the rpm package's scriptlets do with systemd, in every way in which rpm may run them. A recorder replaces
 * systemctl; test/install checks what a real systemctl then does.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWith } from "../support/needs.ts";
import { query, RPMS } from "./built.ts";
import { openScratch, type Scratch } from "./scratch.ts";

const FOLDER = "systemd-tmpfiles --create eic-agent.conf";
const PRESET = "systemctl --no-reload preset eic-agent.socket";
const RELOAD = "systemctl --system daemon-reload";
const IS_ENABLED = "systemctl --quiet is-enabled eic-agent.socket";
const START = "systemctl start eic-agent.socket";
const PROCESS = "systemctl show --property=MainPID eic-agent.service";
const STOP_SERVICE = "systemctl stop eic-agent.service";
const RESTART_SOCKET = "systemctl try-restart eic-agent.socket";
const METRICS = "eic-agent-metrics.timer eic-agent-metrics.service eic-agent-metrics-host.service";
const STOP = [
  "systemctl show --property=Environment eic-agent-metrics.service",
  `systemctl stop ${METRICS}`,
  "systemctl stop eic-agent.socket eic-agent.service",
].join(",");
const DISABLE = "systemctl --no-reload disable eic-agent.socket eic-agent-metrics.timer";

const SOCKET = [FOLDER, PRESET, RELOAD, IS_ENABLED, START].join(",");
const FIRST = `${SOCKET},sshd enable`;
const UPGRADE = [FOLDER, RELOAD, PROCESS, STOP_SERVICE].join(",");
const REMOVE = ["sshd disable", STOP, DISABLE, RELOAD].join(",");

const WAYS = [
  {
    way: "make the folder, enable and start the socket, and only then sshd, on the first installation",
    script: "add -i old; calls first",
    said: [`first: ${FIRST}`],
  },
  {
    way: "stop the service on upgrades, downgrades and reinstallation, and leave socket and sshd unchanged",
    script: `add -i old; calls first; add -U new; calls up; add '-U --oldpackage' old; calls down
      add '-U --replacepkgs' old; calls anew`,
    said: [`first: ${FIRST}`, `up: ${UPGRADE}`, `down: ${UPGRADE}`, `anew: ${UPGRADE}`],
  },
  {
    way: "restart the socket as well if its unit has changed",
    script: `add -i old; calls first; echo '# other' >>/usr/lib/systemd/system/eic-agent.socket; add -U new; calls up
      ls /var/lib/eic-agent || echo 'left: nothing'`,
    said: [`first: ${FIRST}`, `up: ${UPGRADE},${RESTART_SOCKET}`, "left: nothing"],
  },
  ...[
    { what: "has stopped", process: "0", told: [] },
    {
      ...{ what: "still runs", process: "4711" },
      told: [
        expect.stringMatching(/^eic-agent: the service of the previous version was not stopped .*'systemctl stop /),
      ],
    },
  ].map(({ what, process, told }) => ({
    way: `see after an upgrade whether the service ${what}`,
    script: `served; echo 'echo ${process} >/process' >/does-systemctl-stop; add -i old; calls first
      add -U new; calls up; told`,
    said: [`first: ${FIRST}`, `up: ${UPGRADE},${PROCESS}`, ...told],
  })),
  {
    way: "recognize an upgrade if /var is full, and leave the socket unchanged",
    script: "add -i old; calls first; full /var/lib/eic-agent; add -U new; calls up; ls /var/lib/eic-agent || :",
    said: [`first: ${FIRST}`, `up: ${UPGRADE}`],
  },
  {
    way: "enable and start the socket on an upgrade from a version without units, and remove it on the downgrade",
    script: `add -i earlier; readlink /usr/libexec/eic-agent/authorized-keys; add -U new; calls up
      test -f /usr/libexec/eic-agent/authorized-keys; test ! -L /usr/libexec/eic-agent/authorized-keys
      mkdir -p /etc/systemd/system/sockets.target.wants
      ln -s /usr/lib/systemd/system/eic-agent.socket /etc/systemd/system/sockets.target.wants/
      add '-U --oldpackage' earlier; readlink /usr/libexec/eic-agent/authorized-keys; calls down
      ls /etc/systemd/system/sockets.target.wants; add -U new; calls back`,
    said: ["../../bin/eic-agent", `up: ${SOCKET}`, "../../bin/eic-agent", `down: ${STOP},${RELOAD}`, `back: ${SOCKET}`],
  },
  {
    way: "start nothing that the site's presets leave disabled, and print nothing about it",
    script: "echo 1 >/answer-systemctl-is-enabled; add -i old; calls first; told",
    said: [`first: ${FOLDER},${PRESET},${RELOAD},${IS_ENABLED},sshd enable`],
  },
  {
    way: "leave a masked socket unchanged, also on a first installation",
    script: `mkdir -p /etc/systemd/system; ln -s /dev/null /etc/systemd/system/eic-agent.socket; add -i old; calls first
      add -U new; calls up; readlink /etc/systemd/system/eic-agent.socket; told`,
    said: [`first: ${FOLDER},sshd enable`, `up: ${UPGRADE}`, "/dev/null"],
  },
  {
    way: "revert sshd's configuration, then stop, then disable, on removal; and start afresh after it",
    script: `add -i old; calls first; mkdir -p /run/eic-agent/slots; rpm -e eic-agent; calls removed
      ls /run/eic-agent || echo 'left: nothing'; add -i new; calls back`,
    said: [`first: ${FIRST}`, `removed: ${REMOVE}`, "left: nothing", `back: ${FIRST}`],
  },
  {
    way: "start nothing without systemd, as in an image that is being built, and enable it for the first boot",
    script: "rm -r /run/systemd; add -i old; calls first; add -U new; calls up; rpm -e eic-agent; calls removed",
    said: [`first: ${FOLDER},${PRESET},sshd enable`, `up: ${FOLDER}`, `removed: sshd disable,${DISABLE}`],
  },
];

/** Programs of the system that are missing or fail, and the lines that the user then gets. */
const BROKEN = [
  { what: "systemctl is gone", break: "rm /usr/bin/systemctl", message: [] },
  {
    what: "systemctl fails",
    break: "echo 1 >/answer-systemctl; echo 0 >/answer-systemctl-daemon-reload",
    message: [
      /eic-agent\.socket could not be enabled and started; 'eic-agent doctor' as root shows why\. .*systemctl enable --now eic-agent\.socket/,
      /could not stop the service of the previous version; run 'systemctl stop eic-agent\.service'/,
      /could not stop eic-agent-metrics\.timer; run 'systemctl stop/,
      /could not stop eic-agent\.socket and eic-agent\.service; run 'systemctl stop'/,
      /could not disable eic-agent\.socket; remove the links to it in \/etc\/systemd\/system/,
    ],
  },
  {
    what: "systemd cannot reload its files",
    break: "echo 1 >/answer-systemctl-daemon-reload",
    message: [1, 2, 3].map(() => /'systemctl daemon-reload' failed; .*systemctl restart eic-agent\.socket/),
  },
  { what: "systemd-tmpfiles is gone", break: "rm /usr/bin/systemd-tmpfiles", message: [] },
  { what: "systemd-tmpfiles fails", break: "echo 1 >/answer-systemd-tmpfiles", message: [] },
];

describeWith("scratch-root", "the scriptlets of the rpm package, with systemd,", () => {
  let scratch: Scratch;
  beforeAll(() => {
    scratch = openScratch();
  });
  afterAll(() => scratch.close());
  // On rpm systems sh is bash, and Debian's helpers do not exist.
  const prelude = `ln -sf bash /usr/bin/sh; add() { rpm $1 --nodeps "/given/$2.rpm"; }
    booted; rm /usr/bin/deb-systemd-helper /usr/bin/deb-systemd-invoke`;
  const run = (script: string) => scratch.run(`${prelude}\n${script}`);

  test.each(WAYS)("$way", async ({ script, said }) => {
    expect(await run(script)).toEqual(said);
  });

  test.each(BROKEN)("do not stop rpm, and say what to do, if $what", async ({ break: breaking, message }) => {
    const [installed, upgraded, removed, ...told] = await run(`${breaking}
      add -i old || echo failed; command rpm -q eic-agent; add -U new || echo failed; command rpm -q eic-agent
      rpm -e eic-agent || echo failed; command rpm -q eic-agent || :; told`);
    expect([installed, upgraded]).toEqual(
      ["1.0.0", "1.1.0"].map((is) => expect.stringContaining(`eic-agent-${is}-1.`)),
    );
    expect(removed).toBe("package eic-agent is not installed");
    expect(told).toEqual(message.map((line) => expect.stringMatching(line)));
  });

  test.each(RPMS)("are run after systemd, if it is in the same transaction: $path", async ({ path }) => {
    expect((await query(path, "[%{ORDERNAME}\n]")).split("\n").sort()).toEqual([
      "eic-agent-selinux",
      ...["systemd", "systemd", "systemd"],
    ]);
  });
});
