/** Hosts on which sshd does not run the relay, the relay does not reach the warm service, or it works badly. */
import { once } from "node:events";
import { chmodSync, chownSync, copyFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import type { Status } from "../../src/service/telemetry/status.ts";
import { DOOR, PROGRAMS } from "../support/namespace.ts";
import { outputOf } from "../support/namespace-output.ts";
import { callBytes, exchangeBytes } from "../support/service.ts";
import { type Broken, type Expected, failed, NOT_APPLICABLE, ok, warning } from "./expected.ts";
import { systemd, withoutSystemd } from "./fake-systemd.ts";
import { COMMAND_LINES, DROP_IN, type Host, SETTINGS } from "./healthy-host.ts";
import { MACHINES, makeSlots, programBytes, SERVICE_SOCKET, SLOTS } from "./warm-service.ts";

const FOLDER = "/run/eic-agent";
const NOBODY = 65_534;
const STRANGER = 2001;
const at = ({ namespace }: Host, path: string): string => namespace.outside(path);

/** Puts these bytes in the relay's place. For undefined, restores the original file. */
async function door({ namespace }: Host, bytes: Buffer | undefined): Promise<void> {
  const script =
    bytes === undefined
      ? `mv ${DOOR}.away ${DOOR}`
      : `[ -e ${DOOR}.away ] || mv ${DOOR} ${DOOR}.away; cp /run/other-door ${DOOR}; chmod 755 ${DOOR}`;
  if (bytes !== undefined) writeFileSync(namespace.outside("/run/other-door"), bytes);
  await namespace.mustRun(["sh", "-c", script]);
}
const ownDoor = (host: Host) => door(host, undefined);

const away = (host: Host) => renameSync(at(host, SERVICE_SOCKET), at(host, `${SERVICE_SOCKET}.away`));
const back = (host: Host) => {
  rmSync(at(host, SERVICE_SOCKET), { recursive: true, force: true });
  renameSync(at(host, `${SERVICE_SOCKET}.away`), at(host, SERVICE_SOCKET));
};
const removeSlots = (host: Host, ...which: string[]) => {
  for (const slot of which) rmSync(at(host, `${SLOTS}/${slot}`));
};
const slotsBack = ({ namespace }: Host) => makeSlots(namespace);

/** Gives the socket the owner and mode that systemd gives it. */
function ownSocket(host: Host): void {
  chownSync(at(host, SERVICE_SOCKET), 0, 2999);
  chmodSync(at(host, SERVICE_SOCKET), 0o660);
}

/** Starts another listener in the service's place, which sends `answer`. Undefined: it is killed, and its socket stays. */
async function anotherListener(host: Host, answer: Buffer | undefined): Promise<void> {
  away(host);
  const script = `
    const [, path, answer] = process.argv;
    require("node:net").createServer((s) => s.on("error", () => {}).once("data", () => s.end(Buffer.from(answer, "hex"))))
      .listen(path, () => {
        require("node:fs").chownSync(path, 0, 2999);
        require("node:fs").writeSync(1, "listens\\n");
        if (answer === "") process.kill(process.pid, "SIGKILL");
      });`;
  const hex = (answer ?? Buffer.alloc(0)).toString("hex");
  const child = host.namespace.start([`${PROGRAMS}/node`, "-e", script, SERVICE_SOCKET, hex]);
  if (child.stdout === null) throw new Error("started without pipes");
  const ended = once(child, "close");
  await outputOf("another listener", child.stdout).line(/^listens$/);
  chmodSync(at(host, SERVICE_SOCKET), 0o660);
  if (answer === undefined) await ended;
}

/** Returns the service's PID inside the namespace, as the service reports it. */
async function servicePid({ namespace }: Host): Promise<number> {
  const { stdout } = await namespace.mustRun([`${PROGRAMS}/eic-agent.cjs`, "status", "--json"]);
  return (JSON.parse(stdout) as Status).pid;
}

const signal = ({ namespace }: Host, name: string, pid: number) =>
  namespace.mustRun(["sh", "-c", `kill -${name} ${pid}`]);

/** PID of the stopped service, for SIGCONT. */
let stopped = 0;

/** Status in the format of docs/service.md, from another version of the program. */
const OLD = JSON.stringify({
  ...{ format: "eic-agent status", version: 1, program: { version: "0.0.1", node: "24.0.0" }, pid: 1, uptime: 61 },
  calls: { total: 200, inWork: 0, waiting: 0, unheard: 0 },
  ...{ answers: { keys: 190, busy: 9, bug: 1 }, refusals: {}, faults: {}, documents: {}, signers: {}, forgotten: {} },
  milliseconds: { count: 200, sum: 400, p50: 2, p99: 3, buckets: [] },
  ...{ metadataRequests: {}, records: { written: 190, lost: 4 }, signer: null, remembered: { documents: 0 } },
  memory: { rss: 1, heapUsed: 1 },
});
function framed(text: string): Buffer {
  const head = Buffer.from("EIS\x01\0\0\0\0\0\0\0\0", "latin1");
  head.writeUInt32BE(Buffer.byteLength(text), 8);
  return Buffer.concat([head, Buffer.from(text)]);
}

const NONE: Expected = { status: "not-applicable", names: /no systemd runs here/ };
const NO_SOCKET: Expected = { status: "not-applicable", names: /^there is no socket/ };
const INSTEAD = /logins still work, each call starts a one-shot program, 4 at a time/;
const says = (...parts: readonly RegExp[]) => new RegExp(parts.map(({ source }) => source).join(".*"));
const LISTENS = { socket: ok(/eic-agent\.socket listens$/) };
const REACHES = { "service-reach": ok(/169\.254\.169\.254/) };
const UNASKED = { slots: NOT_APPLICABLE, socket: NOT_APPLICABLE, service: NOT_APPLICABLE };

export const BROKEN_SERVICE: readonly Broken[] = [
  {
    title: "a link in the relay's place, as in old versions",
    break: async (host) => {
      await door(host, Buffer.alloc(0));
      await host.namespace.mustRun(["ln", "-sf", "eic-agent.cjs", DOOR]);
    },
    mend: ownDoor,
    told: {
      relay: warning(
        /is a link to "eic-agent\.cjs", not the relay: each call starts a one-shot program/,
        /install the package/,
      ),
    },
  },
  {
    title: "a script in the relay's place",
    break: (host) => door(host, Buffer.from('#!/bin/sh\nexec /usr/bin/eic-agent authorized-keys -- "$@"\n')),
    mend: ownDoor,
    told: { relay: warning(/is not the relay, but a script/) },
  },
  {
    title: "a relay for another processor",
    break: (host) => door(host, programBytes(MACHINES.other, SERVICE_SOCKET)),
    mend: ownDoor,
    told: { relay: failed(/is made for (x64|arm64), and this is (x64|arm64): it cannot run/) },
  },
  {
    title: "a program in the relay's place that is not static",
    break: async (host) => {
      await door(host, Buffer.alloc(0));
      await host.namespace.mustRun(["cp", "/usr/bin/env", DOOR]);
    },
    mend: ownDoor,
    told: { relay: warning(/is not static/) },
  },
  {
    title: "another static program in the relay's place",
    break: (host) => door(host, programBytes(MACHINES.own, "nothing")),
    mend: ownDoor,
    told: { relay: warning(/does not use the service/) },
  },
  {
    title: "a relay that runs as root",
    break: ({ namespace }) => namespace.mustRun(["chmod", "4755", DOOR]),
    mend: ({ namespace }) => namespace.mustRun(["chmod", "755", DOOR]),
    told: { relay: warning(/has a set-id bit/, /chmod 0755/) },
  },
  {
    title: "a command that is the program itself",
    break: ({ namespace }) =>
      namespace.write(DROP_IN, COMMAND_LINES.replace("/authorized-keys", "/eic-agent.cjs authorized-keys")),
    told: {
      "command-path": ok(/eic-agent\.cjs with/),
      relay: { status: "not-applicable", names: /eic-agent\.cjs" instead/ },
      ...{ ...UNASKED, "service-reach": NOT_APPLICABLE },
    },
  },
  {
    title: "a missing one-shot program",
    break: ({ namespace }) => namespace.mustRun(["mv", "/usr/bin/eic-agent", "/usr/bin/eic-agent.away"]),
    mend: ({ namespace }) => namespace.mustRun(["mv", "/usr/bin/eic-agent.away", "/usr/bin/eic-agent"]),
    told: { "command-path": failed(/\/usr\/bin\/eic-agent: ENOENT/) },
  },
  {
    title: "no service, without systemd",
    break: away,
    mend: back,
    told: { socket: { status: "not-applicable", names: says(/no systemd runs here/, INSTEAD) }, service: NONE },
  },
  {
    title: "no service and no slots",
    break: (host) => {
      away(host);
      removeSlots(host, "0", "1", "2", "3");
    },
    mend: (host) => {
      back(host);
      slotsBack(host);
    },
    told: {
      slots: {
        ...failed(/^there is none: no login with a pushed key gets an answer$/),
        hint: /systemd-tmpfiles|chmod 0640/,
      },
      socket: { status: "not-applicable", names: /without a slot no login with a pushed key gets an answer/ },
      service: NONE,
    },
  },
  {
    title: "no slots, with a service that answers",
    break: (host) => removeSlots(host, "0", "1", "2", "3"),
    mend: slotsBack,
    told: { slots: warning(/^there is none: while the service does not answer, no login/) },
  },
  {
    title: "a slot that is missing",
    break: (host) => removeSlots(host, "2"),
    mend: slotsBack,
    told: { slots: warning(/^there are 3 of 4$/) },
  },
  {
    title: "a slot that every user can lock",
    break: (host) => chmodSync(at(host, `${SLOTS}/3`), 0o644),
    mend: slotsBack,
    told: { slots: warning(/slot 3 is not root:eic-agent 0640/, /chmod 0640/) },
  },
  {
    title: "slots that sshd's user cannot reach",
    break: (host) => chownSync(at(host, SLOTS), 0, NOBODY),
    mend: slotsBack,
    told: {
      slots: warning(/slots is closed to eic-agent, the user that runs the relay: while the service/, /usermod/),
    },
  },
  {
    title: "another user of sshd's command, which may use neither the service nor a slot",
    break: ({ namespace }) => namespace.write(DROP_IN, COMMAND_LINES.replace("User eic-agent", "User nobody")),
    told: {
      "command-user": ok(/^nobody/),
      socket: { ...failed(/authorized-keys\.sock keeps nobody out/), hint: /usermod -aG eic-agent nobody/ },
      slots: warning(/slots keeps nobody out/, /usermod -aG eic-agent nobody/),
    },
  },
  {
    title: "a socket of another user",
    break: (host) => chownSync(at(host, SERVICE_SOCKET), STRANGER, 2999),
    mend: ownSocket,
    told: {
      socket: warning(
        says(/belongs to user 2001, and the relay only uses a socket that no user but root/, INSTEAD),
        /chown/,
      ),
      service: NO_SOCKET,
    },
  },
  {
    title: "a folder of the socket that others may write to",
    break: (host) => chmodSync(at(host, FOLDER), 0o777),
    mend: (host) => chmodSync(at(host, FOLDER), 0o755),
    told: { socket: warning(/\/run\/eic-agent is writable by group or others \(mode 0777\)/), service: NO_SOCKET },
  },
  {
    title: "a socket that sshd's user may not use",
    break: (host) => chownSync(at(host, SERVICE_SOCKET), 0, NOBODY),
    mend: ownSocket,
    told: {
      socket: warning(says(/authorized-keys\.sock keeps eic-agent out/, INSTEAD), /usermod.*restart eic-agent\.socket/),
    },
  },
  {
    title: "a socket that every user may use",
    break: (host) => chmodSync(at(host, SERVICE_SOCKET), 0o666),
    mend: ownSocket,
    told: { socket: warning(/^all users may query the service$/, /SocketMode=0660/) },
  },
  {
    title: "a file in the socket's place",
    break: (host) => {
      away(host);
      writeFileSync(at(host, SERVICE_SOCKET), "");
    },
    mend: back,
    told: { socket: warning(/authorized-keys\.sock is no socket/), service: NO_SOCKET },
  },
  {
    title: "a socket that is left over",
    break: (host) => anotherListener(host, undefined),
    mend: back,
    told: { service: warning(says(/nothing listens on its socket/, INSTEAD), /restart eic-agent\.socket/) },
  },
  {
    title: "a service that does not answer",
    break: async (host) => {
      stopped = await servicePid(host);
      await signal(host, "STOP", stopped);
    },
    mend: (host) => signal(host, "CONT", stopped),
    told: { service: warning(says(/does not answer \(no answer within \d+ ms\)/, INSTEAD), /journalctl -u eic-agent/) },
  },
  {
    title: "a service with another answer",
    break: (host) => anotherListener(host, framed('{"format":"other"}')),
    mend: back,
    told: { service: warning(/does not answer \(this is not a status\)/) },
  },
  {
    title: "a service of another version, with a bug, lost records and a flood",
    break: (host) => anotherListener(host, framed(OLD)),
    mend: back,
    told: {
      service: warning(
        /process 1 is still eic-agent "0\.0\.1", this is .*; 1 call ended in a bug; 4 records could not be written; 9 of 200 calls had to be repeated/,
        /systemctl stop eic-agent\.service.*journald.*MaxStartups/,
      ),
    },
  },
  {
    title: "a service that ended calls with a Fault",
    break: async (host) => {
      await host.simulator.tell("fault", { fault: "500", path: "keys" });
      await exchangeBytes(at(host, SERVICE_SOCKET), callBytes("alice"));
      await host.simulator.tell("clear", {});
    },
    mend: async (host) => signal(host, "KILL", await servicePid(host)),
    told: { service: warning(/1 of 1 call ended with a Fault \(1 METADATA_STATUS\)/, /journalctl -t eic-agent/) },
  },
  {
    title: "nothing, under systemd",
    break: (host) => systemd(host.namespace),
    mend: withoutSystemd,
    told: { ...LISTENS, ...REACHES },
  },
  {
    title: "a socket that is not enabled",
    break: (host) => systemd(host.namespace, { socket: { UnitFileState: "disabled" } }),
    mend: withoutSystemd,
    told: {
      socket: warning(/it listens, but eic-agent\.socket is disabled/, /^systemctl enable eic-agent\.socket$/),
      ...REACHES,
    },
  },
  {
    title: "a socket whose unit has changed",
    break: (host) => systemd(host.namespace, { socket: { NeedDaemonReload: "yes" } }),
    mend: withoutSystemd,
    told: { socket: warning(/has changed since systemd read it/, /daemon-reload/), ...REACHES },
  },
  ...[
    {
      state: { ActiveState: "inactive" },
      title: "stopped",
      names: /eic-agent\.socket is inactive/,
      hint: /enable --now/,
    },
    {
      ...{ state: { ActiveState: "failed", Result: "resources" }, title: "failed" },
      ...{ names: /has failed \(resources\)/, hint: /^systemctl restart eic-agent\.socket$/ },
    },
    {
      ...{ state: { LoadState: "masked", ActiveState: "inactive" }, title: "masked" },
      ...{ names: /eic-agent\.socket is masked/, hint: /unmask eic-agent\.socket && / },
    },
    {
      state: { LoadState: "masked", UnitFileState: "masked-runtime", ActiveState: "inactive" },
      title: "masked until the next start",
      names: /eic-agent\.socket is masked/,
      hint: /unmask --runtime eic-agent\.socket && /,
    },
    {
      ...{ state: { LoadState: "not-found", ActiveState: "inactive" }, title: "not installed" },
      ...{ names: /there is no eic-agent\.socket/, hint: /install the package/ },
    },
  ].map(
    ({ state, title, names, hint }): Broken => ({
      title: `a socket that is ${title}, by systemd`,
      break: (host) => systemd(host.namespace, { socket: state }),
      mend: withoutSystemd,
      told: { socket: warning(says(names, INSTEAD), hint), service: NO_SOCKET, ...REACHES },
    }),
  ),
  // systemd stops a socket that is listening, and does not start a stopped socket.
  ...[
    { state: "failed", says: /has failed, for eic-agent\.service is masked/ },
    { state: "inactive", says: /is inactive, for eic-agent\.service is masked/ },
  ].map(
    ({ state, says }): Broken => ({
      title: `a socket that is ${state} because its service is masked`,
      break: (host) => systemd(host.namespace, { socket: { ActiveState: state }, service: { LoadState: "masked" } }),
      mend: withoutSystemd,
      told: { socket: warning(says, /unmask eic-agent\.service && systemctl restart/), service: NO_SOCKET },
    }),
  ),
  {
    title: "a socket that was removed under systemd, and no slots",
    break: async (host) => {
      await systemd(host.namespace);
      away(host);
      removeSlots(host, "0", "1", "2", "3");
    },
    mend: async (host) => {
      back(host);
      slotsBack(host);
      await withoutSystemd(host);
    },
    told: {
      slots: failed(/^there is none: no login/),
      socket: failed(/authorized-keys\.sock is not there: and without a slot no login/),
      service: NO_SOCKET,
      ...REACHES,
    },
  },
  ...[
    { title: "masked", state: "masked", hint: /unmask eic-agent\.service && / },
    { title: "masked until the next start", state: "masked-runtime", hint: /unmask --runtime eic-agent\.service && / },
  ].map(
    ({ title, state, hint }): Broken => ({
      title: `a service that is ${title}`,
      break: async (host) => {
        await systemd(host.namespace, { service: { LoadState: "masked", UnitFileState: state } });
        await anotherListener(host, undefined);
      },
      mend: async (host) => {
        back(host);
        await withoutSystemd(host);
      },
      told: { ...LISTENS, service: warning(says(/eic-agent\.service is masked/, INSTEAD), hint) },
    }),
  ),
  {
    title: "an endpoint that the unit does not let the service reach",
    break: async (host) => {
      await systemd(host.namespace, { service: { IPAddressAllow: "192.0.2.0/28 fd00:ec2::254/128" } });
      host.namespace.write(SETTINGS, `[metadata]\nendpoint = "http://169.254.169.254"\n${host.settings}`);
    },
    mend: withoutSystemd,
    told: {
      ...LISTENS,
      "metadata-ipv6": NOT_APPLICABLE,
      "service-reach": {
        ...failed(/does not let it reach 169\.254\.169\.254, which is the address in the settings/),
        hint: /IPAddressAllow=169\.254\.169\.254\\n' >\S*eic-agent\.service\.d\/endpoint\.conf/,
      },
    },
  },
  {
    title: "a drop-in for all services that gives each a private network",
    break: async ({ namespace }) => {
      const file = "/etc/systemd/system/service.d/10-hardening.conf";
      namespace.write(file, "[Service]\nPrivateNetwork=yes\n");
      await systemd(namespace, { service: { PrivateNetwork: "yes", DropInPaths: file } });
    },
    mend: async (host) => {
      rmSync(at(host, "/etc/systemd/system/service.d"), { recursive: true });
      await withoutSystemd(host);
    },
    told: {
      ...LISTENS,
      "service-reach": {
        ...failed(/PrivateNetwork=yes .*\(\/etc\/systemd\/system\/service\.d\/10-hardening\.conf\)/),
        hint: /PrivateNetwork=no\\n' >\S*eic-agent\.service\.d\/zz-eic-agent\.conf/,
      },
    },
  },
  {
    title: "one of two addresses that the unit does not let the service reach",
    break: (host) => systemd(host.namespace, { service: { IPAddressAllow: "169.254.169.254/32" } }),
    mend: withoutSystemd,
    told: { ...LISTENS, "service-reach": warning(/does not let it reach fd00:ec2::254$/) },
  },
  {
    title: "anchors that are hidden from the service",
    break: async (host) => {
      await systemd(host.namespace);
      mkdirSync(at(host, "/root/pki"), { recursive: true });
      copyFileSync(at(host, "/run/eic/anchors.pem"), at(host, "/root/pki/anchors.pem"));
      chmodSync(at(host, "/root"), 0o755);
      host.namespace.write(SETTINGS, host.settings.replace("/run/eic/anchors.pem", "/root/pki/anchors.pem"));
    },
    mend: async (host) => {
      rmSync(at(host, "/root/pki"), { recursive: true });
      chmodSync(at(host, "/root"), 0o700);
      await withoutSystemd(host);
    },
    told: {
      ...LISTENS,
      anchors: ok(/with \/root\/pki\/anchors\.pem/),
      "service-reach": failed(/\/root\/pki\/anchors\.pem, which the settings name, is hidden from the service/),
    },
  },
];
