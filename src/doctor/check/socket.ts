/**
 * The socket on which the relay asks the warm service, and the slots that it falls back on: whether they exist, and whether
 * the relay may use them. Pure.
 */
import type { Account } from "../../sshd/inspect/accounts.ts";
import type { Entry, Flaw, ServiceState } from "../../sshd/inspect/service-state.ts";
import { describeCheck, type Finding } from "../finding.ts";
import type { AnswerPath } from "./relay.ts";

export interface SocketFacts {
  readonly way: AnswerPath;
  readonly behind: ServiceState;
  /** Why the relay finds no service; `none`: this system has none. */
  readonly flaw: Flaw | "none" | undefined;
  /** Number of slots; undefined: not readable by this user. */
  readonly slots: number | undefined;
  /** The group eic-agent; undefined if it is missing, or groups cannot be looked up. */
  readonly group: number | undefined;
  /** The user as which sshd runs its command, if known. */
  readonly user: Account | undefined;
  /** The part of the path that the user cannot pass; undefined if the path is open, or it is not known. */
  readonly keptOut: { readonly socket: string | undefined; readonly slots: string | undefined };
}

export const NOT_ASKED = "sshd's command does not ask the service";
const SOCKET_SETTINGS = "SocketUser=root, SocketGroup=eic-agent, SocketMode=0660";
const RESTART = "systemctl restart eic-agent.socket";
const ALL = 4;

/** Judges a missing service: it costs no login as long as there are slots. */
export function judgeWithout({ slots, keptOut }: Pick<SocketFacts, "slots" | "keptOut">) {
  const none = slots === 0 || keptOut.slots !== undefined;
  return {
    isLost: none,
    instead: none
      ? "and without a slot no login with a pushed key gets an answer"
      : `logins still work, each call starts a one-shot program${slots === undefined ? "" : `, ${slots} at a time`}`,
  };
}

export function judgeSocket(facts: SocketFacts): Finding {
  const { way, behind, flaw, user, keptOut } = facts;
  const { ok, warning, failed, notApplicable } = describeCheck("socket");
  if (way === "processes") return notApplicable(NOT_ASKED);
  const { isLost, instead } = judgeWithout(facts);
  const wrong = isLost ? failed : warning;
  if (flaw === "none") return notApplicable(`none, because systemd does not run here: ${instead}`);
  if (flaw !== undefined) return wrong(`${flaw.message}: ${instead}`, flaw.command);
  if (keptOut.socket !== undefined) {
    const message = `${keptOut.socket} is closed to ${user?.name}, the user that runs the relay: ${instead}`;
    return wrong(message, `usermod -aG eic-agent ${user?.name}; if it is a member: ${RESTART}`, {
      user: user?.name ?? "",
    });
  }
  const open = openTo(facts);
  if (open !== undefined) {
    const hint = `systemctl cat eic-agent.socket must end with ${SOCKET_SETTINGS}; then: ${RESTART}`;
    return warning(`${open} may query the service`, hint);
  }
  if (behind.units.kind === "unknown") {
    return notApplicable(
      `owned by root, for the group eic-agent; systemd does not report its unit: ${behind.units.message}`,
    );
  }
  const unit = behind.units.kind === "known" ? behind.units.socket : undefined;
  if (unit === undefined) return ok("owned by root, for the group eic-agent; without a systemd unit");
  if (unit.get("NeedDaemonReload") === "yes") {
    return warning(
      "eic-agent.socket's file has changed since systemd read it",
      `systemctl daemon-reload && ${RESTART}`,
    );
  }
  const state = unit.get("UnitFileState") ?? "";
  if (["disabled", "enabled-runtime", "indirect"].includes(state)) {
    return warning(`it listens, but eic-agent.socket is ${state}: it will not after the next start`, ENABLE, { state });
  }
  return ok("owned by root, for the group eic-agent; eic-agent.socket listens");
}

const ENABLE = "systemctl enable eic-agent.socket";

const isSeen = (entry: Entry): entry is Exclude<Entry, { readonly kind: "missing" | "closed" }> =>
  entry.kind !== "missing" && entry.kind !== "closed";

/** Returns which users may ask, in addition to root and the group eic-agent. */
function openTo({ behind: { socket }, group }: SocketFacts): string | undefined {
  if (!isSeen(socket)) return undefined;
  if ((socket.mode & 0o002) !== 0) return "all users";
  if ((socket.mode & 0o020) === 0 || socket.gid === 0 || socket.gid === group) return undefined;
  return group === undefined ? `the group ${socket.gid}, which could not be looked up,` : `the group ${socket.gid}`;
}

export function judgeSlots(facts: SocketFacts): Finding {
  const { way, behind, flaw, slots, group, user, keptOut } = facts;
  const { makeSlots } = behind;
  const { ok, warning, failed, needsRoot, notApplicable } = describeCheck("slots");
  if (way === "processes") return notApplicable("sshd's command uses none");
  if (slots === undefined) return needsRoot("reading /run/eic-agent/slots");
  const wrong = flaw === undefined ? warning : failed;
  const without =
    flaw === undefined
      ? "while the service does not answer, no login with a pushed key gets an answer"
      : "no login with a pushed key gets an answer";
  if (slots === 0) return wrong(`there is none: ${without}`, makeSlots, { slots });
  if (keptOut.slots !== undefined) {
    const message = `${keptOut.slots} is closed to ${user?.name}, the user that runs the relay: ${without}`;
    return wrong(message, `usermod -aG eic-agent ${user?.name}; if it is a member: ${makeSlots}`, { slots });
  }
  if (slots < ALL) return warning(`there are ${slots} of ${ALL}`, makeSlots, { slots });
  const odd = behind.slots.findIndex(
    (slot) =>
      !isSeen(slot) || slot.uid !== 0 || (slot.mode & 0o027) !== 0 || ![0, group ?? slot.gid].includes(slot.gid),
  );
  if (odd !== -1) {
    const message = `slot ${odd} is not root:eic-agent 0640: any user who can open it can block logins by locking it`;
    return warning(message, `cd /run/eic-agent/slots && chown root:eic-agent 0 1 2 3 && chmod 0640 0 1 2 3`, { slots });
  }
  if (group === undefined && behind.slots.some((slot) => isSeen(slot) && slot.gid !== 0)) {
    return notApplicable(`${ALL}, of a group that could not be looked up: is there a group eic-agent?`);
  }
  return ok(`${ALL}, for as many simultaneous calls that the service does not answer`, { slots });
}
