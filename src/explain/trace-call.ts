/**
 * One call as a login makes it: the same code path and the same judgement, but the values that pass through are recorded.
 * The other actions of a login (printing lines, writing a record) are left out.
 */
import { type Answer, authorize, type Dependencies } from "../authorize.ts";
import type { Identity } from "../host/instance.ts";
import type { StapleSelector } from "../metadata/fetch.ts";
import { Fault } from "../verify/errors.ts";
import type { FetchedSignerEvidence, Request, Rules } from "../verify/evidence.ts";

export interface CallTrace {
  readonly answer: Answer | Fault;
  /** The time as of which it was judged, or at which it ended. */
  readonly now: Date;
  readonly identity: Identity | undefined;
  /** The key document. */
  readonly keys: Buffer | undefined;
  /** The other input of the judgement; undefined if the call ended before. */
  readonly evidence: FetchedSignerEvidence | undefined;
  readonly rules: Rules | undefined;
  /** Milliseconds from the last evidence to the verdicts. */
  readonly verifyMilliseconds: number;
}

/** Makes the call and records its values. @throws any error that is not a Fault: a bug, or a capture that ends too early */
export async function examine(request: Request, world: Dependencies): Promise<CallTrace> {
  let identity: Identity | undefined;
  let keys: Buffer | undefined;
  let evidence: FetchedSignerEvidence | undefined;
  let rules: Rules | undefined;
  let gathered = performance.now();
  const watched: Dependencies = {
    ...world,
    identify: () => {
      identity = world.identify();
      return identity;
    },
    fetchKeyDocument: async (user) => {
      const document = await world.fetchKeyDocument(user);
      if ("found" in document) keys = document.found;
      return document;
    },
    fetchSignerEvidence: async (selectStaples) => {
      evidence = await world.fetchSignerEvidence(selectStaples);
      gathered = performance.now();
      return evidence;
    },
    anchors: async () => {
      const anchors = await world.anchors();
      const instanceId = identity?.kind === "ec2" ? identity.id : undefined;
      rules = { ...world.rules, instanceId, anchors };
      return anchors;
    },
  };
  const answer = await authorize(request, watched).catch((error: unknown) => {
    if (error instanceof Fault) return error;
    throw error;
  });
  const verifyMilliseconds = evidence === undefined ? 0 : Math.round((performance.now() - gathered) * 10) / 10;
  const now = !(answer instanceof Fault) && answer.kind === "judged" ? answer.now : world.now();
  return { answer, now, identity, keys, evidence, rules, verifyMilliseconds };
}

/**
 * Wraps the dependencies: the evidence is the same, but staples that this judgement did not need are fetched as well,
 * because a judgement as of another time may need them. Failures of these are ignored.
 */
export function withAllStaples(world: Dependencies): Dependencies {
  return {
    ...world,
    fetchSignerEvidence: async (selectStaples) => {
      let enough: FetchedSignerEvidence | undefined;
      const selectAll: StapleSelector = async (fetched, names) => {
        if (enough !== undefined) return [];
        const selected = await selectStaples(fetched, names);
        if (selected.length > 0) return selected;
        enough = fetched;
        return names.filter((name) => !fetched.staples.some((staple) => staple.name === name));
      };
      try {
        const evidence = await world.fetchSignerEvidence(selectAll);
        return enough ?? evidence;
      } catch (error) {
        if (enough !== undefined && error instanceof Fault) return enough;
        throw error;
      }
    },
  };
}
