/**
 * Examines the warm service, and asks for its status on the socket that the relay uses. If the service is idle, this starts
 * it, as the next offered key would (docs/decisions/0130-the-doctor-asks-the-service.md), or leaves it idle.
 */
import { readlinkSync } from "node:fs";
import { BlockList, isIPv6 } from "node:net";
import { codeOrMessage } from "../../errno.ts";
import { AGENT_PATH, SLOT_PATHS, SOCKET_PATH } from "../../host/installed-paths.ts";
import { DMI_PATH } from "../../host/instance.ts";
import { askStatus } from "../../service/telemetry/status-client.ts";
import type { Settings } from "../../settings/defaults.ts";
import { SETTINGS_PATH } from "../../settings/limits.ts";
import { lookUpGroup } from "../../sshd/inspect/accounts.ts";
import { type Exec, systemPrograms } from "../../sshd/inspect/exec.ts";
import { lookUpPath, reachFlaw } from "../../sshd/inspect/safe-path.ts";
import { inspectService, type ServiceState, slotCount, socketFlaw } from "../../sshd/inspect/service-state.ts";
import type { Properties } from "../../sshd/inspect/systemctl.ts";
import type { CommandFacts } from "../check/command-facts.ts";
import type { ReachFacts } from "../check/reach.ts";
import type { AnswerPath } from "../check/relay.ts";
import { hindrances } from "../check/sandbox.ts";
import type { ServiceAnswer, ServiceFacts } from "../check/service.ts";
import { settersIn } from "./unit-files.ts";

export interface ServiceLook {
  /** Of this program. */
  readonly version: string;
  /** Whether an idle service is not asked: a request would start it. */
  readonly leaveIdle: boolean;
}

/**
 * Examines the warm service.
 * @param account the account as which sshd runs its command
 */
export async function lookAtService(
  way: AnswerPath,
  account: CommandFacts["account"],
  { version, leaveIdle }: ServiceLook,
  programs: Exec = systemPrograms,
): Promise<ServiceFacts> {
  const before = await inspectService(programs);
  const flaw = socketFlaw(before);
  // A socket that the relay would not ask is not asked here either.
  const answer = way === "processes" || flaw !== undefined ? undefined : await answerOf(before, leaveIdle);
  // If the service did not start, systemd has the reason only after the attempt.
  const behind = answer?.kind === "none" ? await inspectService(programs) : before;
  // For another command the user does not matter.
  const user = way === "service" ? account?.found : undefined;
  return {
    way,
    behind,
    flaw,
    user,
    version,
    answer,
    slots: slotCount(behind),
    group: (await lookUpGroup("eic-agent", programs))?.gid,
    keptOut: {
      socket: user && keptOut(SOCKET_PATH, user, "write"),
      slots: user && SLOT_PATHS.map((slot) => keptOut(slot, user, "read")).find((part) => part !== undefined),
    },
  };
}

function keptOut(path: string, user: Parameters<typeof reachFlaw>[1], wanted: "read" | "write") {
  const look = lookUpPath(path);
  return look.kind === "missing" ? undefined : reachFlaw(look.parts, user, wanted)?.path;
}

/** States of a unit without a process, in which a connection would start one (systemd.unit(5)). */
const IDLE = ["inactive", "failed"];

async function answerOf({ units }: ServiceState, leaveIdle: boolean): Promise<ServiceAnswer> {
  const isIdle = units.kind === "known" && IDLE.includes(units.service.get("ActiveState") ?? "");
  return leaveIdle && isIdle ? { kind: "idle" } : ask();
}

async function ask(): Promise<ServiceAnswer> {
  const begun = performance.now();
  try {
    const status = await askStatus(SOCKET_PATH);
    return { kind: "answered", status, ms: Math.round(performance.now() - begun), replaced: isReplaced(status.pid) };
  } catch (error) {
    return { kind: "none", code: codeOrMessage(error) };
  }
}

/** Checks whether the running program is no longer the one on disk, as in proc(5); undefined: not readable by this user. */
function isReplaced(pid: number): boolean | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`).endsWith(" (deleted)");
  } catch {
    return undefined;
  }
}

/** States of an existing unit that systemd does not start (systemd(1), LoadState). */
const BROKEN = ["bad-setting", "error"];

/** Finds what the settings need and the unit blocks. @param named whether the settings are those of --config */
export function lookAtReach(
  { units }: Pick<ServiceState, "units">,
  way: AnswerPath,
  settings: Settings | undefined,
  named: boolean,
): ReachFacts {
  if (way === "processes") return { kind: "not-asked" };
  if (units.kind === "unknown") return units;
  if (units.kind !== "known") return { kind: "no-unit" };
  const state = units.service.get("LoadState") ?? "";
  // A masked unit is reported by the checks `socket` and `service`.
  if (BROKEN.includes(state)) {
    const files = `${units.service.get("FragmentPath") ?? ""} ${units.service.get("DropInPaths") ?? ""}`;
    return { kind: "broken", state, files: files.split(" ").filter((file) => file !== "") };
  }
  if (state !== "loaded") return { kind: "no-unit" };
  if (named) return { kind: "other-settings" };
  if (settings === undefined) return { kind: "no-settings" };
  const { service } = units;
  const addresses = settings.origins.map(({ host }) => host);
  const files = [settings.anchors, settings.extraAnchors].filter((file) => file !== undefined);
  return {
    kind: "known",
    addresses,
    denied: addresses.filter((address) => !isAllowed(address, service)),
    hidden: files.filter((file) => isHidden(file, service)),
    isStale: service.get("NeedDaemonReload") === "yes",
    hindrances: hindrances(
      { properties: service, setBy: settersIn(service) },
      { addresses, files: [...ALWAYS_READ, ...files] },
    ),
  };
}

/** Files that the service reads on every host: its program, its settings, the DMI with the identity of this instance. */
const ALWAYS_READ = [AGENT_PATH, SETTINGS_PATH, DMI_PATH];

/**
 * Checks an address by systemd.resource-control(5): an address in the allow list passes, any other in the deny list does
 * not.
 */
function isAllowed(address: string, service: Properties): boolean {
  const within = (list: string | undefined) => {
    const prefixes = new BlockList();
    for (const prefix of (list ?? "").split(" ").filter((one) => one.includes("/"))) {
      const [net = "", bits] = prefix.split("/");
      prefixes.addSubnet(net, Number(bits), isIPv6(net) ? "ipv6" : "ipv4");
    }
    return prefixes.check(address, isIPv6(address) ? "ipv6" : "ipv4");
  };
  return within(service.get("IPAddressAllow")) || !within(service.get("IPAddressDeny"));
}

/** Checks for folders that a unit does not see as they are: systemd.exec(5). */
function isHidden(file: string, service: Properties): boolean {
  const homes = service.get("ProtectHome") === "yes" || service.get("ProtectHome") === "tmpfs";
  return (
    (homes && /^\/(home|root|run\/user)\//.test(file)) ||
    (service.get("PrivateTmp") === "yes" && /^(\/var)?\/tmp\//.test(file))
  );
}
