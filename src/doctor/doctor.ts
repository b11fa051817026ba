/** One run of the doctor: probes everything, then judges it. Every check is reported each time, in the order of CHECKS. */

import type { Account } from "../sshd/inspect/accounts.ts";
import { AWS_PATHS } from "../sshd/inspect/command-owner.ts";
import { systemPrograms } from "../sshd/inspect/exec.ts";
import { systemFiles } from "../sshd/inspect/glob.ts";
import { lookAtLogin } from "../sshd/login/look/gather.ts";
import { isReached, judgeWhoAsks } from "./check/as-whom.ts";
import { judgeCommand } from "./check/command.ts";
import { judgeConfinement } from "./check/confinement.ts";
import { judgeLastCall } from "./check/last-call.ts";
import { judgeListening } from "./check/listening.ts";
import { judgeLog } from "./check/log.ts";
import { judgeLogin } from "./check/login.ts";
import { judgeMachine } from "./check/machine.ts";
import { withNoneInMatch } from "./check/none-in-match.ts";
import { judgePenalties } from "./check/penalties.ts";
import { judgePolicy } from "./check/policy.ts";
import { judgePrincipals } from "./check/principals.ts";
import { judgeKeys } from "./check/pubkey.ts";
import { judgeReach } from "./check/reach.ts";
import { answerPathOf, judgeRelay } from "./check/relay.ts";
import { judgeService, type ServiceFacts } from "./check/service.ts";
import { judgeSessionVariables } from "./check/session-variables.ts";
import { judgeSlots, judgeSocket } from "./check/socket.ts";
import { judgeSshd } from "./check/sshd.ts";
import { CHECKS, type Check, type Finding } from "./finding.ts";
import { askedAs, userOf } from "./probe/as-user.ts";
import { metadataFindings, nothingAsked, whyUnasked } from "./probe/asked.ts";
import { lookAtMachine, type Machine } from "./probe/machine.ts";
import { lookAtRelay } from "./probe/relay.ts";
import { lookAtReach, lookAtService } from "./probe/service.ts";
import { lookAtSshdLog } from "./probe/sshd-log.ts";
import { lookAtCommand, lookAtSshd } from "./probe/sshd-probe.ts";
import { lookAtConfinement, lookAtLastCall, lookAtSockets } from "./probe/system.ts";

export interface Examined {
  readonly user: string | undefined;
  /** The file of --config. */
  readonly config: string | undefined;
  /** Version of this program. */
  readonly version: string;
  /** Whether an idle warm service is left idle, and not asked. */
  readonly leaveIdle?: boolean;
}

export async function examine({ user, config, version, leaveIdle = false }: Examined): Promise<Finding[]> {
  const sshd = await lookAtSshd(user);
  const command = await lookAtCommand(sshd);
  const machine = await lookAtMachine(config, command.account?.found);
  const login = await lookAtLogin(user ?? "", { effective: sshd.effective, version: sshd.version });
  const relay = { ...command, look: lookAtRelay(), cpu: process.arch };
  const way = answerPathOf(relay);
  const service = await lookAtService(way, command.account, { version, leaveIdle });
  const sshdLog = await lookAtSshdLog();
  const findings = [
    ...judgeMachine({ ...machine.facts, user: command.inForce?.user, root: systemPrograms.root }),
    ...(await askedByAll(machine, command.account?.found, service, config)),
    ...judgeSshd(sshd),
    judgeListening(sshd),
    ...judgeCommand(command),
    judgeRelay(relay),
    judgeSlots(service),
    judgeSocket(service),
    judgeService(service),
    judgeReach(lookAtReach(service.behind, way, machine.settings, config !== undefined)),
    ...judgeKeys(
      sshd,
      AWS_PATHS.filter((path) => systemFiles.glob(path).length > 0),
    ),
    judgePrincipals(sshd),
    ...judgeLogin(user, login),
    judgeSessionVariables(sshd, machine.settings),
    judgePolicy(user, machine.settings?.policy),
    ...judgeConfinement(await lookAtConfinement()),
    judgeLog({ audit: machine.settings?.audit, warm: isWarm(service), ...lookAtSockets() }),
    judgePenalties({ effective: sshd.effective, drops: sshdLog.drops, clients: sshdLog.clients, now: new Date() }),
    withNoneInMatch(judgeLastCall(await lookAtLastCall(), new Date()), sshdLog.notAbsolute, sshd.walk),
  ];
  const place = (check: Check) => Object.keys(CHECKS).indexOf(check);
  return findings.toSorted((a, b) => place(a.check) - place(b.check));
}

const isWarm = ({ behind, answer }: ServiceFacts): boolean =>
  behind.units.kind === "known" && (answer?.kind === "answered" || answer?.kind === "idle");

/**
 * As root, asks the metadata service as the users that ask in a login; otherwise as the current user. If such a user gets no
 * answer, root asks, too: this shows whether the address is blocked for that user alone.
 */
async function askedByAll(machine: Machine, command: Account | undefined, service: ServiceFacts, config?: string) {
  const why = whyUnasked(machine);
  if (why !== undefined) return nothingAsked(why);
  const self = systemPrograms.root ? "root" : `user ${process.geteuid?.()}`;
  const myself = async () => ({ name: self, told: await metadataFindings(machine) });
  const as = async (name: string | undefined) =>
    !systemPrograms.root || name === undefined || name === "root"
      ? undefined
      : { name, told: await askedAs(name, config) };
  const warm = service.way === "service" ? await as(await serviceUser(service)) : undefined;
  const asked = command?.name === warm?.name ? warm : await as(command?.name);
  const first = warm ?? asked;
  // If that user gets an answer, root is not asked.
  const isAnswered = first !== undefined && isReached(first.told);
  return judgeWhoAsks({ service: warm, command: asked, self: isAnswered ? first : await myself() }, nothingAsked);
}

const serviceUser = async ({ answer }: ServiceFacts): Promise<string | undefined> =>
  answer?.kind === "answered" ? userOf(answer.status.pid) : undefined;
