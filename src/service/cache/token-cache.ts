/** The token, kept for nearly its lifetime, and fetched once for all callers that wait for it. */
import type { Token, TokenCache } from "../../metadata/client.ts";
import type { RateLimiter } from "../admission/rate-limiter.ts";
import type { Clock } from "../clock.ts";
import { TOKEN_LIFETIME, TOKEN_TTL_MS } from "../limits.ts";
import { SingleFlight } from "./single-flight.ts";
import { Memory } from "./ttl-cache.ts";

const NAME = "token";

export class KeptTokens implements TokenCache {
  readonly lifetime = TOKEN_LIFETIME;
  readonly #memory: Memory<Token>;
  readonly #fetch: SingleFlight<Token>;

  /** @param fetch requests a token from the metadata service, regardless of the cache; see `uncachedTokens` */
  constructor(fetch: () => Promise<Token>, rateLimiter: RateLimiter, clock: Clock) {
    this.#memory = new Memory({ most: 1, ms: TOKEN_TTL_MS }, clock);
    this.#fetch = new SingleFlight(async (begun, signal) => {
      await rateLimiter.acquire(NAME, signal);
      begun();
      const since = clock.monotonic();
      const token = await fetch();
      this.#memory.set(NAME, token, since);
      return token;
    });
  }

  /** Returns a token, even one requested before the call arrived. Only a failure is not shared with later callers. */
  async get(_fetch?: () => Promise<Token>, signal: AbortSignal = neverAborted): Promise<Token> {
    const kept = this.#memory.get(NAME);
    if (kept !== undefined) return kept.value;
    return (await this.#fetch.join(signal, () => true)).value;
  }

  refused(token: Token): void {
    if (this.#memory.get(NAME)?.value === token) this.#memory.forget(NAME);
  }
}

/** Does not keep tokens; for the client that fetches them. */
export const uncachedTokens: TokenCache = {
  lifetime: TOKEN_LIFETIME,
  get: (fetch) => fetch(),
  refused: () => undefined,
};

export const neverAborted: AbortSignal = new AbortController().signal;
