/**
 * Caches of one configuration: the token, the proven signer, key documents. Data that leads to a "no" is never kept: no
 * missing document, no failure, no verdict.
 */

import type { Settings } from "../../settings/defaults.ts";
import type { Request } from "../../verify/evidence.ts";
import type { RateLimiter } from "../admission/rate-limiter.ts";
import type { Clock } from "../clock.ts";
import { TOKEN_LIFETIME } from "../limits.ts";
import { DocumentCache } from "./document-cache.ts";
import type { MetadataClients } from "./metadata-clients.ts";
import { SignerCache } from "./signer-cache.ts";
import { neverAborted, TokenCache } from "./token-cache.ts";

/** Dependencies that outlive a configuration. */
export interface CacheDependencies {
  readonly metadata: MetadataClients;
  readonly clock: Clock;
  readonly rateLimiters: Readonly<Record<"documents" | "signers" | "tokens", RateLimiter>>;
}

export class Caches {
  readonly documents: DocumentCache;
  readonly signers: SignerCache;

  constructor(settings: Settings, { metadata, clock, rateLimiters }: CacheDependencies) {
    const fetchToken = () => metadata.client({ settings, signal: neverAborted }).fetchToken(TOKEN_LIFETIME);
    const tokens = new TokenCache(fetchToken, rateLimiters.tokens, clock);
    const options = { settings, clock, metadata, tokens };
    this.documents = new DocumentCache({ ...options, rateLimiter: rateLimiters.documents });
    this.signers = new SignerCache({ ...options, rateLimiter: rateLimiters.signers });
  }

  /** Checks whether a call can most likely be answered without any request. */
  hasFresh(request: Request): boolean {
    return this.documents.cached(request) !== undefined && this.signers.cached() !== undefined;
  }
}
