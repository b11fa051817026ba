/** Hosts on which sshd does not run the relay, or runs another program in its place. */
import { writeFileSync } from "node:fs";
import { DOOR } from "../support/namespace.ts";
import { type Broken, failed, NOT_APPLICABLE, ok, warning } from "./expected.ts";
import { COMMAND_LINES, DROP_IN, type Host } from "./healthy-host.ts";
import { MACHINES, programBytes, SERVICE_SOCKET } from "./warm-service.ts";

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
const UNASKED = { slots: NOT_APPLICABLE, socket: NOT_APPLICABLE, service: NOT_APPLICABLE };

export const BROKEN_RELAY: readonly Broken[] = [
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
      "command-path": ok(/eic-agent\.cjs and every folder above/),
      relay: { status: "not-applicable", names: /eic-agent\.cjs" instead/ },
      ...{ ...UNASKED, "service-sandbox": NOT_APPLICABLE },
    },
  },
  {
    title: "a missing one-shot program",
    break: ({ namespace }) => namespace.mustRun(["mv", "/usr/bin/eic-agent", "/usr/bin/eic-agent.away"]),
    mend: ({ namespace }) => namespace.mustRun(["mv", "/usr/bin/eic-agent.away", "/usr/bin/eic-agent"]),
    told: { "command-path": failed(/\/usr\/bin\/eic-agent: ENOENT/) },
  },
];
