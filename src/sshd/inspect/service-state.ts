/**
 * What stands behind our command: the socket on which the relay asks the warm service, systemd's units for both, and the
 * slots without which the relay begins no one-shot program (docs/relay.md). Looks only: nobody is connected to, so
 * no service is started.
 */
import { lstatSync, type Stats } from "node:fs";
import { dirname } from "node:path";
import type { Exec } from "./exec.ts";
import { octal } from "./safe-path.ts";
import { type Properties, showUnits, systemctlOf } from "./systemctl.ts";

/** What the relay has built in. */
export const ONE_SHOT = "/usr/bin/eic-agent";
export const SOCKET = "/run/eic-agent/authorized-keys.sock";
export const SLOTS = [0, 1, 2, 3].map((slot) => `/run/eic-agent/slots/${slot}`);

export const SOCKET_UNIT = "eic-agent.socket";
export const SERVICE_UNIT = "eic-agent.service";

export interface ServiceState {
  readonly units: Units;
  readonly socket: Entry;
  /** Where the socket lies. */
  readonly folder: Entry;
  /** Of SLOTS, in their order. */
  readonly slots: readonly Entry[];
  /** The command that makes those that are missing. */
  readonly makeSlots: string;
}

export type Units =
  /** systemd does not run here: a container, a chroot, an image that is being built. */
  | { readonly kind: "no-system" }
  | { readonly kind: "unknown"; readonly message: string }
  | { readonly kind: "known"; readonly socket: Properties; readonly service: Properties };

/** What is at a path itself, no link followed. `closed`: it is not ours to see. */
export type Entry =
  | { readonly kind: "missing" | "closed" }
  | {
      readonly kind: "socket" | "file" | "folder" | "other";
      readonly uid: number;
      readonly gid: number;
      /** Permission bits, with sticky and set-id ones. */
      readonly mode: number;
    };

const PROPERTIES = [
  ...["Id", "LoadState", "ActiveState", "UnitFileState", "NeedDaemonReload", "Result", "MainPID"],
  ...["IPAddressAllow", "IPAddressDeny", "ProtectHome", "PrivateTmp"],
  // What else can confine the service, and the files that say so: drop-ins of every level included.
  ...["FragmentPath", "DropInPaths", "ExecStart", "User", "DynamicUser", "StandardOutput"],
  ...["PrivateNetwork", "NetworkNamespacePath", "JoinsNamespaceOf", "RestrictAddressFamilies"],
  ...["IPEgressFilterPath", "IPIngressFilterPath", "RestrictNetworkInterfaces", "SystemCallFilter"],
  ...["MemoryMax", "MemoryHigh", "TasksMax", "LimitNOFILE", "LimitNPROCSoft", "LimitASSoft", "MemoryDenyWriteExecute"],
  ...["RootDirectory", "RootImage", "InaccessiblePaths", "TemporaryFileSystem"],
];

export async function inspectService(programs: Exec): Promise<ServiceState> {
  return {
    units: await lookAtUnits(programs),
    socket: entryAt(SOCKET),
    folder: entryAt(dirname(SOCKET)),
    slots: SLOTS.map(entryAt),
    makeSlots: makeSlots(programs),
  };
}

async function lookAtUnits(programs: Exec): Promise<Units> {
  const systemctl = systemctlOf(programs);
  if (systemctl === undefined) return { kind: "no-system" };
  const shown = await showUnits(systemctl, [SOCKET_UNIT, SERVICE_UNIT], PROPERTIES, programs);
  if (typeof shown === "string") return { kind: "unknown", message: shown };
  const [socket, service] = shown;
  if (socket === undefined || service === undefined) return { kind: "unknown", message: "an answer of another form" };
  return { kind: "known", socket, service };
}

function entryAt(path: string): Entry {
  let stats: Stats;
  try {
    stats = lstatSync(path);
  } catch (error) {
    return { kind: (error as NodeJS.ErrnoException).code === "EACCES" ? "closed" : "missing" };
  }
  return { kind: kindOf(stats), uid: stats.uid, gid: stats.gid, mode: stats.mode & 0o7777 };
}

function kindOf(stats: Stats): Exclude<Entry["kind"], "missing" | "closed"> {
  if (stats.isSocket()) return "socket";
  if (stats.isFile()) return "file";
  return stats.isDirectory() ? "folder" : "other";
}

/** Something that is not as it should be, and the command that makes it so. */
export interface Flaw {
  readonly says: string;
  readonly command: string;
}

const RESTART = `systemctl restart ${SOCKET_UNIT}`;
const INSTALL = "install the package anew";

/** What takes its mask away; one in /run stays where that is not said (systemctl(1), --runtime). */
const unmask = (name: string, unit: Properties): string =>
  `systemctl unmask ${unit.get("UnitFileState") === "masked-runtime" ? "--runtime " : ""}${name}`;

/**
 * Why the relay finds no service that it would ask: undefined where it does. `none`: there is none by nature, since no
 * systemd runs that would have one. Pure.
 */
export function socketFlaw({ units, socket, folder }: ServiceState): Flaw | "none" | undefined {
  const unit = units.kind === "known" ? unitFlaw(units.socket, units.service) : undefined;
  if (unit !== undefined) return unit;
  if (socket.kind === "missing" || socket.kind === "closed") {
    if (units.kind === "no-system") return "none";
    return { says: `${SOCKET} is not there`, command: RESTART };
  }
  if (socket.kind !== "socket") return { says: `${SOCKET} is no socket`, command: `rm -r ${SOCKET} && ${RESTART}` };
  const foreign = socket.uid !== 0 ? `${SOCKET} belongs to user ${socket.uid}` : folderFlaw(folder);
  if (foreign === undefined) return undefined;
  return {
    says: `${foreign}, and the relay asks only a socket that nobody but root can have put there`,
    command: `chown root:root /run/eic-agent && chmod 0755 /run/eic-agent && ${RESTART}`,
  };
}

function folderFlaw(folder: Entry): string | undefined {
  if (folder.kind !== "folder") return "/run/eic-agent is no folder";
  if (folder.uid !== 0) return `/run/eic-agent belongs to user ${folder.uid}`;
  if ((folder.mode & 0o022) === 0) return undefined;
  return `/run/eic-agent is writable by group or others (mode ${octal(folder)})`;
}

function unitFlaw(unit: Properties, service: Properties): Flaw | undefined {
  const active = unit.get("ActiveState") ?? "unknown";
  if (unit.get("LoadState") === "not-found") return { says: `there is no ${SOCKET_UNIT}`, command: INSTALL };
  if (unit.get("LoadState") === "masked") {
    const command = `${unmask(SOCKET_UNIT, unit)} && systemctl enable --now ${SOCKET_UNIT}`;
    return { says: `${SOCKET_UNIT} is masked`, command };
  }
  if (active === "active") return undefined;
  // systemd gives up a socket that has nothing to start, and does not begin with one.
  if (service.get("LoadState") === "masked") {
    const says = `${SOCKET_UNIT} ${active === "failed" ? "has failed" : `is ${active}`}, for ${SERVICE_UNIT} is masked`;
    return { says, command: `${unmask(SERVICE_UNIT, service)} && ${RESTART}` };
  }
  if (active === "failed") return { says: `${SOCKET_UNIT} has failed (${unit.get("Result")})`, command: RESTART };
  return { says: `${SOCKET_UNIT} is ${active}`, command: `systemctl enable --now ${SOCKET_UNIT}` };
}

/** How many slots the relay could take; undefined where they are not ours to see. Pure. */
export function slotCount({ slots }: Pick<ServiceState, "slots">): number | undefined {
  return slots.some(({ kind }) => kind === "closed") ? undefined : slots.filter(({ kind }) => kind === "file").length;
}

/** By tmpfiles.d where there is a program for it. A slot that is there stays the same file. */
function makeSlots(programs: Exec): string {
  if (programs.find("systemd-tmpfiles") !== undefined) return "systemd-tmpfiles --create eic-agent.conf";
  return (
    "mkdir -p /run/eic-agent/slots && cd /run/eic-agent/slots && touch 0 1 2 3 && chown root:eic-agent . 0 1 2 3 && " +
    "chmod 0750 . && chmod 0640 0 1 2 3"
  );
}
