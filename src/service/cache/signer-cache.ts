/** The proven signer and everything that was fetched with it, kept while its proof is valid and ten minutes at most. */
import { fetchSignerEvidence, type StapleSelector } from "../../metadata/fetch.ts";
import { DEADLINE_MS } from "../../settings/limits.ts";
import { Fault } from "../../verify/errors.ts";
import type { FetchedSignerEvidence, Rules } from "../../verify/evidence.ts";
import type { UnrevokedSigner } from "../../verify/ocsp/revocation.ts";
import { SignerValidator } from "../../verify/signer-validator.ts";
import { SIGNER_TTL_MS } from "../limits.ts";
import type { CacheOptions, Lookup, LookupOptions } from "./contract.ts";
import { SingleFlight } from "./single-flight.ts";
import { TtlCache } from "./ttl-cache.ts";

const NAME = "signer";

export class SignerCache {
  readonly #options: CacheOptions;
  readonly #evidence: TtlCache<FetchedSignerEvidence>;
  readonly #flight: SingleFlight<FetchedSignerEvidence, StapleSelector>;
  #validator: SignerValidator | undefined;

  constructor(options: CacheOptions) {
    this.#options = options;
    this.#evidence = new TtlCache({ maxEntries: 1, ttlMs: SIGNER_TTL_MS }, options.clock);
    this.#flight = new SingleFlight((started, signal, selectStaples) => this.#fetch(started, signal, selectStaples));
  }

  /**
   * Returns everything that a judgement needs in addition to the document: it is fetched together, and discarded together.
   * @param selectStaples used if a fetch starts for this call. All calls select the same staples: their rules differ at most
   *   in the instance id, which has no part in it
   */
  async lookup(selectStaples: StapleSelector, options: LookupOptions): Promise<Lookup<FetchedSignerEvidence>> {
    const cached = options.bypassCache ? undefined : this.cached();
    if (cached !== undefined) return { value: cached, from: "cache" };
    const acceptsInFlight = () => !options.bypassCache;
    const { value, startedBefore } = await this.#flight.join(options.signal, acceptsInFlight, selectStaples);
    return { value, from: startedBefore ? "in-flight" : "metadata" };
  }

  /** Returns the cached evidence if its proof is valid now. */
  cached(): FetchedSignerEvidence | undefined {
    const evidence = this.#evidence.get(NAME)?.value;
    return evidence === undefined || this.#proofOf(evidence) === undefined ? undefined : evidence;
  }

  /** Returns the validator for these rules. For another instance or other rules, nothing is proven yet. */
  validator(rules: Rules): SignerValidator {
    const current = this.#validator;
    if (current !== undefined && sameRules(current.rules, rules)) return current;
    this.#evidence.clear();
    this.#validator = new SignerValidator(rules);
    return this.#validator;
  }

  /** The signer that is trusted without a fetch: its name, since when (monotonic clock), until when. */
  get current(): { readonly name: string; readonly since: number; readonly until: Date } | undefined {
    const entry = this.#evidence.get(NAME);
    const proof = entry === undefined ? undefined : this.#proofOf(entry.value);
    if (entry === undefined || proof === undefined) return undefined;
    return { name: proof.name, since: entry.since, until: proof.validity.until };
  }

  async #fetch(
    started: () => void,
    signal: AbortSignal,
    selectStaples: StapleSelector,
  ): Promise<FetchedSignerEvidence> {
    const { settings, clock, metadata, tokens, rateLimiter } = this.#options;
    await rateLimiter.acquire(NAME, signal);
    started();
    const startedAt = clock.monotonic();
    const client = metadata.client({ settings, tokens, signal: AbortSignal.timeout(DEADLINE_MS.most) });
    const evidence = await fetchSignerEvidence(client, selectStaples);
    if (this.#proofOf(evidence) !== undefined) this.#evidence.set(NAME, evidence, startedAt);
    return evidence;
  }

  /** Validates the evidence against the current time of day. */
  #proofOf(evidence: FetchedSignerEvidence): UnrevokedSigner | undefined {
    try {
      return this.#validator?.validate(evidence, this.#options.clock.now());
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
  a.policy === b.policy &&
  a.callerVariable === b.callerVariable;
