/** The proven signer, with everything that was fetched beside it, as long as its proof holds and ten minutes at most. */
import { Fault } from "../core/errors.ts";
import type { Evidence, Rules } from "../core/evidence.ts";
import type { LiveSigner } from "../core/ocsp.ts";
import { Proofs } from "../core/proofs.ts";
import { gather, type StaplePlan } from "../metadata/gather.ts";
import { DEADLINE_MS, type Settings } from "../settings.ts";
import { SIGNER_MS } from "./limits.ts";
import { Memory } from "./memory.ts";
import type { Got, Means, Wanting } from "./remembered.ts";
import { SharedFetch } from "./shared-fetch.ts";
import type { KeptTokens } from "./tokens.ts";

/** Everything that belongs to a judgement beside the document. Fetched together, and forgotten together. */
export type Surroundings = Omit<Evidence, "keys">;

const NAME = "signer";

export class Signers {
  readonly #settings: Settings;
  readonly #means: Means;
  readonly #tokens: KeptTokens;
  readonly #memory: Memory<Surroundings>;
  readonly #fetching: SharedFetch<Surroundings>;
  #plan: StaplePlan | undefined;
  #proofs: Proofs | undefined;

  constructor(settings: Settings, means: Means, tokens: KeptTokens) {
    this.#settings = settings;
    this.#means = means;
    this.#tokens = tokens;
    this.#memory = new Memory({ most: 1, ms: SIGNER_MS }, means.clock);
    this.#fetching = new SharedFetch((begun, signal) => this.#fetch(begun, signal));
  }

  /** What is remembered, if its proof holds now. */
  kept(): Surroundings | undefined {
    const kept = this.#memory.get(NAME)?.value;
    return kept === undefined || this.#proven(kept) === undefined ? undefined : kept;
  }

  /** What a fetch brings that begins from now on; or, unless it is wanted afresh, the one that is under way. */
  async fetched(plan: StaplePlan, { signal, afresh }: Wanting): Promise<Got<Surroundings>> {
    // Every call's plan is the same: the proofs of this configuration.
    this.#plan = plan;
    const { value, early } = await this.#fetching.join(signal, () => !afresh);
    return { value, from: early ? "flight" : "metadata" };
  }

  /** The proofs under these rules; another instance, or other rules, and nothing is proven yet. */
  proofs(rules: Rules): Proofs {
    const held = this.#proofs;
    if (held !== undefined && sameRules(held.rules, rules)) return held;
    this.#memory.clear();
    this.#proofs = new Proofs(rules);
    return this.#proofs;
  }

  /** The signer that is believed without asking: its name, since when (monotonic), until when. */
  get believed(): { readonly name: string; readonly since: number; readonly until: Date } | undefined {
    const kept = this.#memory.get(NAME);
    const proof = kept === undefined ? undefined : this.#proven(kept.value);
    if (kept === undefined || proof === undefined) return undefined;
    return { name: proof.name, since: kept.since, until: proof.holds.until };
  }

  async #fetch(begun: () => void, signal: AbortSignal): Promise<Surroundings> {
    const { clock, metadata, pace } = this.#means;
    await pace.signers.turn(NAME, signal);
    begun();
    const since = clock.monotonic();
    const client = metadata.client({
      settings: this.#settings,
      tokens: this.#tokens,
      signal: AbortSignal.timeout(DEADLINE_MS.most),
    });
    const { keys: _none, ...surroundings } = await gather(client, Buffer.alloc(0), async (soFar, names) =>
      this.#plan === undefined ? [] : this.#plan(soFar, names),
    );
    if (this.#proven(surroundings) !== undefined) this.#memory.set(NAME, surroundings, since);
    return surroundings;
  }

  /** Held against the time of day, each time. */
  #proven(surroundings: Surroundings): LiveSigner | undefined {
    try {
      return this.#proofs?.liveSigner(surroundings, this.#means.clock.now());
    } catch (error) {
      if (error instanceof Fault) return undefined;
      throw error;
    }
  }
}

const sameRules = (a: Rules, b: Rules): boolean =>
  a.instanceId === b.instanceId &&
  a.anchors === b.anchors &&
  a.domains === b.domains &&
  a.clockSkewSeconds === b.clockSkewSeconds &&
  a.policy === b.policy;
