/**
 * Caches of one configuration: the token, the proven signer, key documents. Data that leads to a "no" is never kept: no
 * missing document, no failure, no verdict.
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

/** Dependencies that outlive a configuration. */
export interface CacheDependencies {
  readonly metadata: MetadataClients;
  readonly clock: Clock;
  readonly rateLimiters: Readonly<Record<"documents" | "signers" | "tokens", RateLimiter>>;
}

export interface Lookup<T> {
  readonly value: T;
  readonly from: Source;
}

/** Requirements of a caller: its signal, and whether cached data must not be used (`afresh`). */
export interface Wanting {
  /** Aborted when the answer is no longer wanted. */
  readonly signal: AbortSignal;
  readonly afresh: boolean;
}

export class Caches {
  readonly signers: Signers;
  readonly documents: Documents;
  readonly #tokens: KeptTokens;

  constructor(settings: Settings, means: CacheDependencies) {
    const fetch = () => means.metadata.client({ settings, tokens: uncachedTokens, signal: neverAborted }).token();
    this.#tokens = new KeptTokens(fetch, means.rateLimiters.tokens, means.clock);
    this.documents = new Documents(settings, means, this.#tokens);
    this.signers = new Signers(settings, means, this.#tokens);
  }

  /** Checks whether a call can most likely be answered without any request. */
  canAnswer(request: Request): boolean {
    return this.documents.kept(request) !== undefined && this.signers.kept() !== undefined;
  }

  /** Returns the user's key document. */
  async document(request: Request, wanting: Wanting): Promise<Lookup<KeyDocument>> {
    const kept = wanting.afresh ? undefined : this.documents.kept(request);
    if (kept !== undefined) return { value: { found: kept }, from: "memory" };
    try {
      // The token is fetched first: later calls may share the document's fetch, but must not share a failure to get a token.
      await this.#tokens.get(undefined, wanting.signal);
    } catch (error) {
      if (error instanceof MetadataDisabled) return { value: { none: "metadata-off" }, from: "metadata" };
      throw error;
    }
    return this.documents.fetched(request, wanting);
  }

  /** Returns the evidence that a judgement needs in addition to the document. */
  async surroundings(plan: StapleSelector, wanting: Wanting): Promise<Lookup<SignerEvidence>> {
    const kept = wanting.afresh ? undefined : this.signers.kept();
    return kept === undefined ? this.signers.fetched(plan, wanting) : { value: kept, from: "memory" };
  }
}
