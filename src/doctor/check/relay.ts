/**
 * The program that sshd runs for each key: the small static relay that asks the warm service, or another file in its place.
 * Pure.
 */

import { RELAY_PATH } from "../../host/installed-paths.ts";
import { usesService } from "../../sshd/inspect/command-owner.ts";
import { quoted } from "../../verify/verdict.ts";
import { describeCheck, type Finding } from "../finding.ts";
import type { CommandFacts } from "./command-facts.ts";

export type RelayLook =
  /** As in versions before the relay. */
  | { readonly kind: "link"; readonly to: string }
  /** Not an ELF program. */
  | { readonly kind: "other" }
  | {
      readonly kind: "program";
      /** In Node's names for processors. */
      readonly cpu: string;
      readonly isStatic: boolean;
      /** Whether the program contains the path of the service's socket. */
      readonly usesService: boolean;
      /** Permission bits, including the set-id bits. */
      readonly mode: number;
    };

export interface RelayFacts extends Pick<CommandFacts, "inForce" | "agent"> {
  /** The file at the path where packages install the relay; undefined if it could not be read. */
  readonly look: RelayLook | undefined;
  /** This machine's processor. */
  readonly cpu: string;
}

/** How sshd's calls are answered: by the service through the relay, or by a process for each call. */
export type AnswerPath = "service" | "processes" | "unknown";

export function answerPathOf({ inForce, agent }: Pick<RelayFacts, "inForce" | "agent">): AnswerPath {
  if (inForce === undefined || agent?.ours !== true) return "unknown";
  return usesService(agent) ? "service" : "processes";
}

const PROCESSES = "each call starts a one-shot program, and nothing limits how many run at once";
const INSTALL = "reinstall the package";

export function judgeRelay({ inForce, agent, look, cpu }: RelayFacts): Finding {
  const { ok, warning, failed, needsRoot, notApplicable } = describeCheck("relay");
  if (inForce === undefined) return needsRoot("sshd's configuration");
  if (agent?.ours !== true) return notApplicable("sshd's command is not eic-agent's");
  if (!usesService(agent) && agent.program !== RELAY_PATH)
    return notApplicable(`sshd runs ${quoted(agent.program)} instead: ${PROCESSES}`);
  if (look === undefined) return notApplicable(`${RELAY_PATH} cannot be read`);
  switch (look.kind) {
    case "link":
      return warning(`${RELAY_PATH} is a link to ${quoted(look.to)}, not the relay: ${PROCESSES}`, INSTALL, {
        file: RELAY_PATH,
      });
    case "other":
      return warning(`${RELAY_PATH} is not the relay, but a script or something else: ${PROCESSES}`, INSTALL, {
        file: RELAY_PATH,
      });
    case "program": {
      const { isStatic, usesService, mode } = look;
      if (look.cpu !== cpu) {
        const message = `${RELAY_PATH} is made for ${look.cpu}, and this is ${cpu}: it cannot run`;
        return failed(message, "install the package for this processor", { file: RELAY_PATH, cpu: look.cpu });
      }
      if (!isStatic) return warning(`${RELAY_PATH} is not static, so it is not the relay`, INSTALL);
      if (!usesService)
        return warning(`${RELAY_PATH} is a program that does not use the service: ${PROCESSES}`, INSTALL);
      if ((mode & 0o6000) !== 0) {
        return warning(`${RELAY_PATH} has a set-id bit, which it does not need`, `chmod 0755 ${RELAY_PATH}`, {
          file: RELAY_PATH,
        });
      }
      const beside = agent.chained.length === 0 ? "" : `; with a chained command ${PROCESSES}`;
      return ok(`a static program for ${cpu}${beside}`, { file: RELAY_PATH });
    }
    default:
      return look satisfies never;
  }
}
