/** The proven signer and everything that was fetched with it, kept while its proof is valid and ten minutes at most. */

import { fetchSignerEvidence, type StapleSelector } from "../../metadata/fetch.ts";
import { DEADLINE_MS, type Settings } from "../../settings.ts";
import { Fault } from "../../verify/errors.ts";
import type { Evidence, Rules } from "../../verify/evidence.ts";
import type { UnrevokedSigner } from "../../verify/ocsp/revocation.ts";
import { SignerValidator } from "../../verify/signer-validator.ts";
import { SIGNER_TTL_MS } from "../limits.ts";
import type { CacheDependencies, Lookup, Wanting } from "./caches.ts";
import { SingleFlight } from "./single-flight.ts";
import type { KeptTokens } from "./token-cache.ts";
import { Memory } from "./ttl-cache.ts";

/** Everything that a judgement needs in addition to the document. Fetched together, and forgotten together. */
export type SignerEvidence = Omit<Evidence, "keys">;

const NAME = "signer";

export class Signers {
  readonly #settings: Settings;
  readonly #means: CacheDependencies;
  readonly #tokens: KeptTokens;
  readonly #memory: Memory<SignerEvidence>;
  readonly #fetching: SingleFlight<SignerEvidence>;
  #plan: StapleSelector | undefined;
  #proofs: SignerValidator | undefined;

  constructor(settings: Settings, means: CacheDependencies, tokens: KeptTokens) {
    this.#settings = settings;
    this.#means = means;
    this.#tokens = tokens;
    this.#memory = new Memory({ most: 1, ms: SIGNER_TTL_MS }, means.clock);
    this.#fetching = new SingleFlight((begun, signal) => this.#fetch(begun, signal));
  }

  /** Returns the cached evidence if its proof is valid now. */
  kept(): SignerEvidence | undefined {
    const kept = this.#memory.get(NAME)?.value;
    return kept === undefined || this.#proven(kept) === undefined ? undefined : kept;
  }

  /** Returns the result of a fetch that begins from now on; or, unless `afresh`, that of the fetch under way. */
  async fetched(plan: StapleSelector, { signal, afresh }: Wanting): Promise<Lookup<SignerEvidence>> {
    // The plan is the same for every call: it uses the proofs of this configuration.
    this.#plan = plan;
    const { value, early } = await this.#fetching.join(signal, () => !afresh);
    return { value, from: early ? "flight" : "metadata" };
  }

  /** Returns the proofs under these rules. For another instance or other rules, nothing is proven yet. */
  proofs(rules: Rules): SignerValidator {
    const held = this.#proofs;
    if (held !== undefined && sameRules(held.rules, rules)) return held;
    this.#memory.clear();
    this.#proofs = new SignerValidator(rules);
    return this.#proofs;
  }

  /** The signer that is trusted without a fetch: its name, since when (monotonic clock), until when. */
  get believed(): { readonly name: string; readonly since: number; readonly until: Date } | undefined {
    const kept = this.#memory.get(NAME);
    const proof = kept === undefined ? undefined : this.#proven(kept.value);
    if (kept === undefined || proof === undefined) return undefined;
    return { name: proof.name, since: kept.since, until: proof.holds.until };
  }

  async #fetch(begun: () => void, signal: AbortSignal): Promise<SignerEvidence> {
    const { clock, metadata, rateLimiters } = this.#means;
    await rateLimiters.signers.acquire(NAME, signal);
    begun();
    const since = clock.monotonic();
    const client = metadata.client({
      settings: this.#settings,
      tokens: this.#tokens,
      signal: AbortSignal.timeout(DEADLINE_MS.most),
    });
    const { keys: _none, ...surroundings } = await fetchSignerEvidence(client, Buffer.alloc(0), async (soFar, names) =>
      this.#plan === undefined ? [] : this.#plan(soFar, names),
    );
    if (this.#proven(surroundings) !== undefined) this.#memory.set(NAME, surroundings, since);
    return surroundings;
  }

  /** Validates the evidence against the current time of day. */
  #proven(surroundings: SignerEvidence): UnrevokedSigner | undefined {
    try {
      return this.#proofs?.validate(surroundings, this.#means.clock.now());
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
