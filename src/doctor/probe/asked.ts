/** The metadata service's answers to the user of this process, judged. If a login would ask nothing, nothing is asked. */
import { judgeClock } from "../check/clock-skew.ts";
import { judgeMetadata, NO_VALUES, skipped } from "../check/metadata.ts";
import { judgeSigner, skipped as unjudgedSigner } from "../check/signer.ts";
import { describeCheck, type Finding } from "../finding.ts";
import type { Machine } from "./machine.ts";
import { askMetadata } from "./metadata.ts";

/** Returns why nothing is asked; undefined if something is. */
export function whyUnasked({ settings, facts }: Machine): string | undefined {
  if (settings === undefined) return "not asked: the settings, which name the address, cannot be read";
  const { identity } = facts;
  if (identity === undefined || identity.kind === "fault") return "not asked: the instance is not known";
  return identity.value.kind === "not-ec2" ? "not asked: not an EC2 instance" : undefined;
}

export const nothingAsked = (why: string): Finding[] => [
  ...skipped(why),
  describeCheck("clock").notApplicable(why),
  ...unjudgedSigner(why),
];

export async function metadataFindings(machine: Machine): Promise<Finding[]> {
  const { settings, anchors, facts } = machine;
  const { identity } = facts;
  const why = whyUnasked(machine);
  if (why !== undefined) return nothingAsked(why);
  if (
    settings === undefined ||
    identity === undefined ||
    identity.kind === "fault" ||
    identity.value.kind === "not-ec2"
  )
    return nothingAsked("not asked");
  const { id: instanceId } = identity.value;
  const { domains, clockSkewSeconds, policy, callerVariable } = settings;
  const rules = anchors && { instanceId, anchors, domains, clockSkewSeconds, policy, callerVariable };

  const asked = await askMetadata(settings, rules);
  return [
    ...judgeMetadata({ ...asked.metadata, instanceId }),
    asked.clock === undefined ? describeCheck("clock").notApplicable(NO_VALUES) : judgeClock(asked.clock),
    ...(asked.signer === undefined ? unjudgedSigner(NO_VALUES) : judgeSigner(asked.signer)),
  ];
}
