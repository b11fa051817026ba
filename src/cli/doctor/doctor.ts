/** One examination: looks at everything, then judges. Every check is told, each time, in the order of CHECKS. */

import { lookUpAccount } from "../../sshd/accounts.ts";
import { AWS_PLACES } from "../../sshd/agents.ts";
import { systemFiles } from "../../sshd/files.ts";
import { judgeAccount, judgePolicy } from "./account.ts";
import { judgeClock } from "./clock.ts";
import { judgeCommand } from "./command.ts";
import { judgeConfinement } from "./confinement.ts";
import { about, CHECKS, type Check, type Finding } from "./finding.ts";
import { lookAtMachine, type Machine } from "./gather/machine.ts";
import { askMetadata } from "./gather/metadata.ts";
import { lookAtRelay } from "./gather/relay.ts";
import { lookAtReach, lookAtService } from "./gather/service.ts";
import { lookAtCommand, lookAtSshd } from "./gather/sshd.ts";
import { lookAtConfinement, lookAtLastCall, lookAtSockets } from "./gather/system.ts";
import { judgeKeys } from "./keys.ts";
import { judgeLastCall } from "./last-call.ts";
import { judgeLog } from "./log.ts";
import { judgeMachine } from "./machine.ts";
import { judgeMetadata, NO_VALUES, unasked } from "./metadata.ts";
import { judgeReach } from "./reach.ts";
import { judgeRelay, wayOf } from "./relay.ts";
import { judgeService, type ServiceFacts } from "./service.ts";
import { judgeSigner, unasked as unjudgedSigner } from "./signer.ts";
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
  const account = user === undefined ? undefined : await lookUpAccount(user);
  const relay = { ...command, look: lookAtRelay(), cpu: process.arch };
  const way = wayOf(relay);
  const service = await lookAtService(way, command.account, version);
  const findings = [
    ...judgeMachine({ ...machine.facts, user: command.inForce?.user }),
    ...(await metadataFindings(machine)),
    ...judgeSshd(sshd),
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
    judgeAccount(user, account),
    judgePolicy(user, machine.settings?.policy),
    ...judgeConfinement(await lookAtConfinement()),
    judgeLog({ audit: machine.settings?.audit, warm: isWarm(service), ...lookAtSockets() }),
    judgeLastCall(await lookAtLastCall(), new Date()),
  ];
  const place = (check: Check) => Object.keys(CHECKS).indexOf(check);
  return findings.toSorted((a, b) => place(a.check) - place(b.check));
}

const isWarm = ({ behind, answer }: ServiceFacts): boolean =>
  behind.units.kind === "known" && answer?.kind === "answered";

/** Where a login asks nothing, nothing is asked here either. */
async function metadataFindings({ settings, anchors, facts }: Machine): Promise<Finding[]> {
  const nothing = (why: string) => [...unasked(why), about("clock").notApplicable(why), ...unjudgedSigner(why)];
  if (settings === undefined) return nothing("not asked: the settings, which say where, cannot be read");
  const { identity } = facts;
  if (identity === undefined || "fault" in identity) return nothing("not asked: who this is cannot be told");
  if (identity.value.kind === "not-ec2") return nothing("not asked: no EC2 instance");
  const { id: instanceId } = identity.value;
  const { domains, clockSkewSeconds, policy } = settings;
  const rules = anchors && { instanceId, anchors, domains, clockSkewSeconds, policy };

  const asked = await askMetadata(settings, rules);
  return [
    ...judgeMetadata({ ...asked.metadata, instanceId }),
    asked.clock === undefined ? about("clock").notApplicable(NO_VALUES) : judgeClock(asked.clock),
    ...(asked.signer === undefined ? unjudgedSigner(NO_VALUES) : judgeSigner(asked.signer)),
  ];
}
