/** Hosts on which the service's socket or the slots are missing, or have the wrong owner or mode. */
import { chmodSync, chownSync, writeFileSync } from "node:fs";
import { type Broken, type Expected, failed, ok, warning } from "./expected.ts";
import { COMMAND_LINES, DROP_IN, type Host } from "./healthy-host.ts";
import { at, away, back, INSTEAD, message, NO_SOCKET, removeSlots, slotsBack } from "./service-parts.ts";
import { SERVICE_SOCKET, SLOTS } from "./warm-service.ts";

const FOLDER = "/run/eic-agent";
const NOBODY = 65_534;
const STRANGER = 2001;
const NONE: Expected = { status: "not-applicable", names: /systemd does not run here/ };

/** Gives the socket the owner and mode that systemd gives it. */
function ownSocket(host: Host): void {
  chownSync(at(host, SERVICE_SOCKET), 0, 2999);
  chmodSync(at(host, SERVICE_SOCKET), 0o660);
}

export const BROKEN_SOCKET: readonly Broken[] = [
  {
    title: "no service, without systemd",
    break: away,
    mend: back,
    told: { socket: { status: "not-applicable", names: message(/systemd does not run here/, INSTEAD) }, service: NONE },
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
      socket: { ...failed(/authorized-keys\.sock is closed to nobody/), hint: /usermod -aG eic-agent nobody/ },
      slots: warning(/slots is closed to nobody/, /usermod -aG eic-agent nobody/),
    },
  },
  {
    title: "a socket of another user",
    break: (host) => chownSync(at(host, SERVICE_SOCKET), STRANGER, 2999),
    mend: ownSocket,
    told: {
      socket: warning(
        message(/belongs to user 2001, and the relay only uses a socket that no user but root/, INSTEAD),
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
      socket: warning(
        message(/authorized-keys\.sock is closed to eic-agent/, INSTEAD),
        /usermod.*restart eic-agent\.socket/,
      ),
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
    told: { socket: warning(/authorized-keys\.sock is not a socket/), service: NO_SOCKET },
  },
];
