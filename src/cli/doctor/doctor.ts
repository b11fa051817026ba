/** One examination: looks at everything, then judges. Every check is told, each time, in the order of CHECKS. */

import type { Account } from "../../sshd/accounts.ts";
import { AWS_PLACES } from "../../sshd/agents.ts";
import { systemFiles } from "../../sshd/files.ts";
import { lookAtLogin } from "../../sshd/login/look/gather.ts";
import { systemPrograms } from "../../sshd/programs.ts";
import { isReached, judgeWhoAsks } from "./as-whom.ts";
import { judgeCommand } from "./command.ts";
import { judgeConfinement } from "./confinement.ts";
import { CHECKS, type Check, type Finding } from "./finding.ts";
import { askedAs, userOf } from "./gather/as-user.ts";
import { metadataFindings, nothingAsked, whyUnasked } from "./gather/asked.ts";
import { lookAtMachine, type Machine } from "./gather/machine.ts";
import { lookAtRelay } from "./gather/relay.ts";
import { lookAtReach, lookAtService } from "./gather/service.ts";
import { lookAtCommand, lookAtSshd } from "./gather/sshd.ts";
import { lookAtSshdLog } from "./gather/sshd-log.ts";
import { lookAtConfinement, lookAtLastCall, lookAtSockets } from "./gather/system.ts";
import { judgeKeys } from "./keys.ts";
import { judgeLastCall } from "./last-call.ts";
import { judgeListening } from "./listening.ts";
import { judgeLog } from "./log.ts";
import { judgeLogin } from "./login.ts";
import { judgeMachine } from "./machine.ts";
import { withNoneInMatch } from "./none-in-match.ts";
import { judgePenalties } from "./penalties.ts";
import { judgePolicy } from "./policy.ts";
import { judgePrincipals } from "./principals.ts";
import { judgeReach } from "./reach.ts";
import { judgeRelay, wayOf } from "./relay.ts";
import { judgeService, type ServiceFacts } from "./service.ts";
import { judgeSlots, judgeSocket } from "./socket.ts";
import { judgeSshd } from "./sshd.ts";

export interface Examined {
  readonly user: string | undefined;
  /** The file of --config. */
  readonly config: string | undefined;
  /** Of this program. */
  readonly version: string;
}

export async function examine({ user, config, version }: Examined): Promise<Finding[]> {
  const sshd = await lookAtSshd(user);
  const command = await lookAtCommand(sshd);
  const machine = await lookAtMachine(config, command.account?.found);
  const login = await lookAtLogin(user ?? "", { effective: sshd.effective, version: sshd.version });
  const relay = { ...command, look: lookAtRelay(), cpu: process.arch };
  const way = wayOf(relay);
  const service = await lookAtService(way, command.account, version);
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
      AWS_PLACES.filter((path) => systemFiles.glob(path).length > 0),
    ),
    judgePrincipals(sshd),
    ...judgeLogin(user, login),
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
  behind.units.kind === "known" && answer?.kind === "answered";

/**
 * As root, the service is asked as those who ask in a login; as anyone else, as that user. Who is asked as root, too, is
 * told by it whether the address is closed for one user alone.
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
  // Of one who is answered nothing more is asked.
  const isAnswered = first !== undefined && isReached(first.told);
  return judgeWhoAsks({ service: warm, command: asked, self: isAnswered ? first : await myself() }, nothingAsked);
}

const serviceUser = async ({ answer }: ServiceFacts): Promise<string | undefined> =>
  answer?.kind === "answered" ? userOf(answer.status.pid) : undefined;
