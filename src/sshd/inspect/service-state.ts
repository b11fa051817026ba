/**
 * State of the components that our command uses: the socket on which the relay asks the warm service, systemd's units for
 * both, and the slots without which the relay starts no one-shot program (docs/relay.md). Only reads: no connection is made,
 * so no service is started.
 */
import { lstatSync, type Stats } from "node:fs";
import { dirname } from "node:path";
import { codeOf } from "../../errno.ts";
import { SLOT_PATHS, SOCKET_PATH } from "../../host/installed-paths.ts";
import type { Exec } from "./exec.ts";
import { octal } from "./safe-path.ts";
import { type Properties, showUnits, systemctlOf } from "./systemctl.ts";

export const SOCKET_UNIT = "eic-agent.socket";
const SERVICE_UNIT = "eic-agent.service";

export interface ServiceState {
  readonly units: Units;
  readonly socket: Entry;
  /** The directory of the socket. */
  readonly folder: Entry;
  /** The entries of SLOT_PATHS, in the same order. */
  readonly slots: readonly Entry[];
  /** The command that makes the missing slots. */
  readonly makeSlots: string;
}

export type Units =
  /** systemd does not run here: a container, a chroot, an image build. */
  | { readonly kind: "no-system" }
  | { readonly kind: "unknown"; readonly message: string }
  | { readonly kind: "known"; readonly socket: Properties; readonly service: Properties };

/** The state of a path itself, no link followed. `closed`: no permission to see it. */
export type Entry =
  | { readonly kind: "missing" | "closed" }
  | {
      readonly kind: "socket" | "file" | "folder" | "other";
      readonly uid: number;
      readonly gid: number;
      /** Permission bits, including sticky, setuid and setgid. */
      readonly mode: number;
    };

const PROPERTIES = [
  "Id",
  "LoadState",
  "ActiveState",
  "UnitFileState",
  "NeedDaemonReload",
  "Result",
  "MainPID",
  "IPAddressAllow",
  "IPAddressDeny",
  "ProtectHome",
  "PrivateTmp",
  // Other settings that can confine the service, and the files that contain them, including drop-ins of every level.
  "FragmentPath",
  "DropInPaths",
  "ExecStart",
  "User",
  "DynamicUser",
  "StandardOutput",
  "PrivateNetwork",
  "NetworkNamespacePath",
  "JoinsNamespaceOf",
  "RestrictAddressFamilies",
  "IPEgressFilterPath",
  "IPIngressFilterPath",
  "RestrictNetworkInterfaces",
  "SystemCallFilter",
  "MemoryMax",
  "MemoryHigh",
  "TasksMax",
  "LimitNOFILE",
  "LimitNPROCSoft",
  "LimitASSoft",
  "MemoryDenyWriteExecute",
  "RootDirectory",
  "RootImage",
  "InaccessiblePaths",
  "TemporaryFileSystem",
];

export async function inspectService(programs: Exec): Promise<ServiceState> {
  return {
    units: await lookAtUnits(programs),
    socket: entryAt(SOCKET_PATH),
    folder: entryAt(dirname(SOCKET_PATH)),
    slots: SLOT_PATHS.map(entryAt),
    makeSlots: makeSlots(programs),
  };
}

async function lookAtUnits(programs: Exec): Promise<Units> {
  const systemctl = systemctlOf(programs);
  if (systemctl === undefined) return { kind: "no-system" };
  const shown = await showUnits(systemctl, [SOCKET_UNIT, SERVICE_UNIT], PROPERTIES, programs);
  if (typeof shown === "string") return { kind: "unknown", message: shown };
  const [socket, service] = shown;
  if (socket === undefined || service === undefined)
    return { kind: "unknown", message: "an answer in an unknown form" };
  return { kind: "known", socket, service };
}

function entryAt(path: string): Entry {
  let stats: Stats;
  try {
    stats = lstatSync(path);
  } catch (error) {
    return { kind: codeOf(error) === "EACCES" ? "closed" : "missing" };
  }
  return { kind: kindOf(stats), uid: stats.uid, gid: stats.gid, mode: stats.mode & 0o7777 };
}

function kindOf(stats: Stats): Exclude<Entry["kind"], "missing" | "closed"> {
  if (stats.isSocket()) return "socket";
  if (stats.isFile()) return "file";
  return stats.isDirectory() ? "folder" : "other";
}

/** A problem, and the command that fixes it. */
export interface Flaw {
  readonly message: string;
  readonly command: string;
}

const RESTART = `systemctl restart ${SOCKET_UNIT}`;
const INSTALL = "reinstall the package";

/** Returns the command that unmasks a unit. A mask in /run is removed only with --runtime (systemctl(1)). */
const unmask = (name: string, unit: Properties): string =>
  `systemctl unmask ${unit.get("UnitFileState") === "masked-runtime" ? "--runtime " : ""}${name}`;

/**
 * Returns why the relay finds no service to ask; undefined if it finds one. `none`: no service can exist, since no systemd
 * runs here. Pure.
 */
export function socketFlaw({ units, socket, folder }: ServiceState): Flaw | "none" | undefined {
  const unit = units.kind === "known" ? unitFlaw(units.socket, units.service) : undefined;
  if (unit !== undefined) return unit;
  if (socket.kind === "missing" || socket.kind === "closed") {
    if (units.kind === "no-system") return "none";
    return { message: `${SOCKET_PATH} is not there`, command: RESTART };
  }
  if (socket.kind !== "socket")
    return { message: `${SOCKET_PATH} is not a socket`, command: `rm -r ${SOCKET_PATH} && ${RESTART}` };
  const foreign = socket.uid !== 0 ? `${SOCKET_PATH} belongs to user ${socket.uid}` : folderFlaw(folder);
  if (foreign === undefined) return undefined;
  return {
    message: `${foreign}, and the relay only uses a socket that no user but root can have created`,
    command: `chown root:root /run/eic-agent && chmod 0755 /run/eic-agent && ${RESTART}`,
  };
}

function folderFlaw(folder: Entry): string | undefined {
  if (folder.kind !== "folder") return "/run/eic-agent is not a folder";
  if (folder.uid !== 0) return `/run/eic-agent belongs to user ${folder.uid}`;
  if ((folder.mode & 0o022) === 0) return undefined;
  return `/run/eic-agent is writable by group or others (mode ${octal(folder)})`;
}

function unitFlaw(unit: Properties, service: Properties): Flaw | undefined {
  const active = unit.get("ActiveState") ?? "unknown";
  if (unit.get("LoadState") === "not-found") return { message: `there is no ${SOCKET_UNIT}`, command: INSTALL };
  if (unit.get("LoadState") === "masked") {
    const command = `${unmask(SOCKET_UNIT, unit)} && systemctl enable --now ${SOCKET_UNIT}`;
    return { message: `${SOCKET_UNIT} is masked`, command };
  }
  if (active === "active") return undefined;
  // systemd stops a socket that has no service to start, and does not start such a socket.
  if (service.get("LoadState") === "masked") {
    const message = `${SOCKET_UNIT} ${active === "failed" ? "has failed" : `is ${active}`}, because ${SERVICE_UNIT} is masked`;
    return { message, command: `${unmask(SERVICE_UNIT, service)} && ${RESTART}` };
  }
  if (active === "failed") return { message: `${SOCKET_UNIT} has failed (${unit.get("Result")})`, command: RESTART };
  return { message: `${SOCKET_UNIT} is ${active}`, command: `systemctl enable --now ${SOCKET_UNIT}` };
}

/** Returns how many slots the relay could take; undefined if this process may not see them. Pure. */
export function slotCount({ slots }: Pick<ServiceState, "slots">): number | undefined {
  return slots.some(({ kind }) => kind === "closed") ? undefined : slots.filter(({ kind }) => kind === "file").length;
}

/** Returns the command that makes the slots, by tmpfiles.d if it has a program. An existing slot stays the same file. */
function makeSlots(programs: Exec): string {
  if (programs.find("systemd-tmpfiles") !== undefined) return "systemd-tmpfiles --create eic-agent.conf";
  return (
    "mkdir -p /run/eic-agent/slots && cd /run/eic-agent/slots && touch 0 1 2 3 && chown root:eic-agent . 0 1 2 3 && " +
    "chmod 0750 . && chmod 0640 0 1 2 3"
  );
}
