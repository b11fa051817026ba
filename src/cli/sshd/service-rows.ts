/** How the calls of eic-agent's command are answered, as text: by the warm service, or by a process for each call. Pure. */
import { agentOf, usesService } from "../../sshd/inspect/command-owner.ts";
import { type Flaw, type ServiceState, SOCKET_UNIT, slotCount, socketFlaw } from "../../sshd/inspect/service-state.ts";
import type { Row } from "./rows.ts";

/**
 * Returns the rows for `status`, which always has some.
 * @param command the command in force; undefined: none, or not known
 */
export function behindRows(behind: ServiceState, command: string | undefined): Row[] {
  if (isAlone(command)) return [{ word: "service", message: `not asked by this command: ${PROCESSES}` }];
  const flaw = socketFlaw(behind);
  if (flaw === undefined) return [{ word: "service", message: serviceWords(behind) }];
  if (flaw !== "none") return flawRows(flaw, behind);
  const message = `none, because systemd does not run here: ${instead(behind)}`;
  return [{ word: "service", message, colour: colourOf(behind) }, ...slotRows(behind)];
}

/**
 * Returns the rows for `enable`: only what is missing. Empty without systemd, since an image has its slots when it starts.
 */
export function lackingRows(behind: ServiceState, command: string): Row[] {
  const flaw = socketFlaw(behind);
  return isAlone(command) || flaw === undefined || flaw === "none" ? [] : flawRows(flaw, behind);
}

/** Field names are stable; docs/sshd.md documents them. */
export function behindJson(behind: ServiceState, command: string | null | undefined) {
  const { units } = behind;
  const flaw = socketFlaw(behind);
  const states = units.kind === "known" ? units : undefined;
  return {
    used: !isAlone(command ?? undefined),
    socket: states?.socket.get("ActiveState") ?? null,
    enabled: states?.socket.get("UnitFileState") || null,
    process: states?.service.get("ActiveState") ?? null,
    slots: slotCount(behind) ?? null,
    problem: typeof flaw === "object" ? flaw.message : null,
    next: typeof flaw === "object" ? flaw.command : null,
  };
}

const PROCESSES = "each call starts a one-shot program";

/**
 * Checks whether eic-agent's command does not ask the service: another command is chained, or the line names the program
 * itself.
 */
function isAlone(command: string | undefined): boolean {
  const agent = command === undefined ? undefined : agentOf(command);
  return agent?.ours === true && !usesService(agent);
}

function serviceWords({ units }: ServiceState): string {
  if (units.kind !== "known") return "its socket exists; systemd does not report more";
  const state = units.service.get("ActiveState");
  if (state === "active") return `runs, behind ${SOCKET_UNIT}`;
  return state === "inactive"
    ? `idle; ${SOCKET_UNIT} starts it at the next call`
    : `${state}, behind ${SOCKET_UNIT}: journalctl -u eic-agent.service -n 20`;
}

function instead(behind: ServiceState): string {
  const slots = slotCount(behind);
  if (slots === 0) return "and without a slot no login with a pushed key gets an answer";
  return slots === undefined ? PROCESSES : `${PROCESSES}, ${slots} at a time`;
}

const colourOf = (behind: ServiceState): Row["colour"] => (slotCount(behind) === 0 ? "red" : undefined);

function flawRows({ message, command }: Flaw, behind: ServiceState): Row[] {
  const told: Row = {
    word: "service",
    message: `${message}: ${instead(behind)}`,
    colour: colourOf(behind) ?? "yellow",
  };
  return [told, { word: "next", message: command, whole: true }, ...slotRows(behind)];
}

const slotRows = (behind: ServiceState): Row[] =>
  slotCount(behind) === 0 ? [{ word: "next", message: behind.makeSlots, whole: true }] : [];
