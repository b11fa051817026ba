/** Dependencies of one call in the service: the same requests as in the one-shot program, some answered from the caches. */
import { type Answer, authorize, type Dependencies } from "../../authorize.ts";
import { type Identity, identify } from "../../host/instance.ts";
import type { KeyDocument, StapleSelector } from "../../metadata/fetch.ts";
import { isSegment } from "../../metadata/paths.ts";
import type { Settings } from "../../settings/defaults.ts";
import { Fault } from "../../verify/errors.ts";
import type { Evidence, Request, Rules } from "../../verify/evidence.ts";
import type { SignerValidator } from "../../verify/signer-validator.ts";
import * as judge from "../../verify/verifier.ts";
import type { Clock } from "../clock.ts";
import type { Source } from "../telemetry/counters.ts";
import type { Caches } from "./caches.ts";
import type { Configured } from "./configuration.ts";
import { type CachedInput, inputsToRefetch } from "./recheck.ts";

export interface Asked {
  readonly request: Request;
  readonly configured: Configured<Caches>;
  /** Whether the settings were named with --config. */
  readonly named: boolean;
  readonly clock: Clock;
  /** Aborted when the answer is no longer wanted; the call then ends with its reason. */
  readonly signal: AbortSignal;
  /** Reports the source of a document or of a signer. */
  tell(what: CachedInput, from: Source): void;
}

/**
 * Judges one call again until no "no" depends on cached data: at most three times.
 * @throws Fault, and the reason of the signal
 */
export async function authorizeWithRecheck(asked: Asked): Promise<Answer> {
  const world = new CachedDependencies(asked);
  for (;;) {
    const outcome = await authorize(asked.request, world).catch((error: unknown) => {
      if (error instanceof Fault) return error;
      throw error;
    });
    asked.signal.throwIfAborted();
    const doubted = inputsToRefetch(outcome, world.leaned);
    if (doubted.length > 0) world.doubt(doubted);
    else if (outcome instanceof Fault) throw outcome;
    else return outcome;
  }
}

class CachedDependencies implements Dependencies {
  readonly rules: Pick<Rules, "domains" | "clockSkewSeconds" | "policy">;
  readonly #asked: Asked;
  readonly #settings: Settings;
  readonly #doubted = new Set<CachedInput>();
  leaned = { document: false, signer: false };
  /** The document fetched for this call; the call's next judgement can use it, too. */
  #own: KeyDocument | undefined;

  constructor(asked: Asked) {
    const { settings } = asked.configured;
    const { domains, clockSkewSeconds, policy } = settings;
    this.#asked = asked;
    this.#settings = settings;
    this.rules = { domains, clockSkewSeconds, policy };
  }

  doubt(what: readonly CachedInput[]): void {
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

  async fetchSignerEvidence(keys: Uint8Array, plan: StapleSelector): Promise<Evidence> {
    const { configured, tell } = this.#asked;
    const { value, from } = await configured.remembered.surroundings(plan, this.#wanting("signer"));
    tell("signer", from);
    if (from !== "metadata") this.leaned.signer = true;
    return { ...value, keys };
  }

  async loadVerifier(): Promise<typeof judge> {
    return judge;
  }

  async anchors() {
    return this.#asked.configured.anchors;
  }

  cachedValidator(rules: Rules): SignerValidator {
    return this.#asked.configured.remembered.signers.proofs(rules);
  }

  now(): Date {
    return this.#asked.clock.now();
  }

  #wanting(what: CachedInput) {
    return { signal: this.#asked.signal, afresh: this.#doubted.has(what) };
  }
}
