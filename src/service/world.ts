/** The world of one call, as the service has it: the same questions as the one-shot program's, some answered from memory. */
import { type Answer, authorize, type World } from "../authorize.ts";
import { Fault } from "../core/errors.ts";
import type { Evidence, Request, Rules } from "../core/evidence.ts";
import * as judge from "../core/judge.ts";
import type { Proofs } from "../core/proofs.ts";
import { type Identity, identify } from "../host/instance.ts";
import type { KeyDocument, StaplePlan } from "../metadata/gather.ts";
import { isSegment } from "../metadata/paths.ts";
import type { Settings } from "../settings.ts";
import type { Clock } from "./clock.ts";
import type { Configured } from "./configuration.ts";
import type { Source } from "./counters.ts";
import { type Doubt, doubts } from "./doubts.ts";
import type { Remembered } from "./remembered.ts";

export interface Asked {
  readonly request: Request;
  readonly configured: Configured<Remembered>;
  /** Whether the settings were named with --config. */
  readonly named: boolean;
  readonly clock: Clock;
  /** Aborted where the answer is not wanted any more; its reason is what the call ends with. */
  readonly signal: AbortSignal;
  /** Where a document, or a signer, came from. */
  tell(what: Doubt, from: Source): void;
}

/**
 * One call, judged as often as it takes until no "no" hangs on anything remembered: at most three times.
 * @throws Fault, and the reason of the signal
 */
export async function answerTo(asked: Asked): Promise<Answer> {
  const world = new WarmWorld(asked);
  for (;;) {
    const outcome = await authorize(asked.request, world).catch((error: unknown) => {
      if (error instanceof Fault) return error;
      throw error;
    });
    asked.signal.throwIfAborted();
    const doubted = doubts(outcome, world.leaned);
    if (doubted.length > 0) world.doubt(doubted);
    else if (outcome instanceof Fault) throw outcome;
    else return outcome;
  }
}

class WarmWorld implements World {
  readonly rules: Pick<Rules, "domains" | "clockSkewSeconds" | "policy">;
  readonly #asked: Asked;
  readonly #settings: Settings;
  readonly #doubted = new Set<Doubt>();
  leaned = { document: false, signer: false };
  /** Fetched for this call: as good for its next judgement as for this one. */
  #own: KeyDocument | undefined;

  constructor(asked: Asked) {
    const { settings } = asked.configured;
    const { domains, clockSkewSeconds, policy } = settings;
    this.#asked = asked;
    this.#settings = settings;
    this.rules = { domains, clockSkewSeconds, policy };
  }

  doubt(what: readonly Doubt[]): void {
    for (const one of what) this.#doubted.add(one);
    this.leaned = { document: false, signer: false };
  }

  identify(): Identity {
    return identify({ ...this.#settings.instance, mayBeOwn: this.#asked.named });
  }

  async fetchKeys(user: string): Promise<KeyDocument> {
    if (!isSegment(user)) return { none: "no-user" };
    if (this.#own !== undefined) return this.#own;
    const { request, configured, tell } = this.#asked;
    const { value, from } = await configured.remembered.document(request, this.#wanting("document"));
    tell("document", from);
    if (from === "metadata") this.#own = value;
    else this.leaned.document = true;
    return value;
  }

  async gather(keys: Uint8Array, plan: StaplePlan): Promise<Evidence> {
    const { configured, tell } = this.#asked;
    const { value, from } = await configured.remembered.surroundings(plan, this.#wanting("signer"));
    tell("signer", from);
    if (from !== "metadata") this.leaned.signer = true;
    return { ...value, keys };
  }

  async court(): Promise<typeof judge> {
    return judge;
  }

  async anchors() {
    return this.#asked.configured.anchors;
  }

  earlierProofs(rules: Rules): Proofs {
    return this.#asked.configured.remembered.signers.proofs(rules);
  }

  now(): Date {
    return this.#asked.clock.now();
  }

  #wanting(what: Doubt) {
    return { signal: this.#asked.signal, afresh: this.#doubted.has(what) };
  }
}
