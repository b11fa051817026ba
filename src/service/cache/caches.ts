/**
 * What is remembered under one configuration: the token, the proven signer, key documents. Nothing that says "no" is
 * ever kept: no missing document, no failure, no verdict.
 */

import { MetadataDisabled } from "../../metadata/client.ts";
import type { KeyDocument, StapleSelector } from "../../metadata/fetch.ts";
import type { Settings } from "../../settings.ts";
import type { Request } from "../../verify/evidence.ts";
import type { RateLimiter } from "../admission/rate-limiter.ts";
import type { Clock } from "../clock.ts";
import type { Source } from "../telemetry/counters.ts";
import { Documents } from "./document-cache.ts";
import type { MetadataClients } from "./metadata-clients.ts";
import { type SignerEvidence, Signers } from "./signer-cache.ts";
import { KeptTokens, neverAborted, uncachedTokens } from "./token-cache.ts";

/** What outlives a configuration. */
export interface CacheDependencies {
  readonly metadata: MetadataClients;
  readonly clock: Clock;
  readonly pace: { readonly documents: RateLimiter; readonly signers: RateLimiter; readonly tokens: RateLimiter };
}

export interface Lookup<T> {
  readonly value: T;
  readonly from: Source;
}

/** Who asks, and whether what is remembered is good enough for him. */
export interface Wanting {
  /** Aborted where the answer is not wanted any more. */
  readonly signal: AbortSignal;
  readonly afresh: boolean;
}

export class Caches {
  readonly signers: Signers;
  readonly documents: Documents;
  readonly #tokens: KeptTokens;

  constructor(settings: Settings, means: CacheDependencies) {
    const fetch = () => means.metadata.client({ settings, tokens: uncachedTokens, signal: neverAborted }).token();
    this.#tokens = new KeptTokens(fetch, means.pace.tokens, means.clock);
    this.documents = new Documents(settings, means, this.#tokens);
    this.signers = new Signers(settings, means, this.#tokens);
  }

  /** Whether a call can most likely be answered without asking anybody. */
  canAnswer(request: Request): boolean {
    return this.documents.kept(request) !== undefined && this.signers.kept() !== undefined;
  }

  /** The user's key document. */
  async document(request: Request, wanting: Wanting): Promise<Lookup<KeyDocument>> {
    const kept = wanting.afresh ? undefined : this.documents.kept(request);
    if (kept !== undefined) return { value: { found: kept }, from: "memory" };
    try {
      // Before the document's own fetch, which whoever comes later may share: so that they share no failure of this.
      await this.#tokens.get(undefined, wanting.signal);
    } catch (error) {
      if (error instanceof MetadataDisabled) return { value: { none: "metadata-off" }, from: "metadata" };
      throw error;
    }
    return this.documents.fetched(request, wanting);
  }

  /** What belongs to the judgement beside the document. */
  async surroundings(plan: StapleSelector, wanting: Wanting): Promise<Lookup<SignerEvidence>> {
    const kept = wanting.afresh ? undefined : this.signers.kept();
    return kept === undefined ? this.signers.fetched(plan, wanting) : { value: kept, from: "memory" };
  }
}
