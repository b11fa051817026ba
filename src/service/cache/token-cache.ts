/** The token, kept for nearly its lifetime, and fetched once for all callers that wait for it. */
import type { Token, TokenSource } from "../../metadata/token.ts";
import type { RateLimiter } from "../admission/rate-limiter.ts";
import type { Clock } from "../clock.ts";
import { TOKEN_TTL_MS } from "../limits.ts";
import { SingleFlight } from "./single-flight.ts";
import { TtlCache } from "./ttl-cache.ts";

const NAME = "token";

export class TokenCache implements TokenSource {
  readonly #tokens: TtlCache<Token>;
  readonly #flight: SingleFlight<Token>;

  /** @param fetch requests a new token from the metadata service */
  constructor(fetch: () => Promise<Token>, rateLimiter: RateLimiter, clock: Clock) {
    this.#tokens = new TtlCache({ maxEntries: 1, ttlMs: TOKEN_TTL_MS }, clock);
    this.#flight = new SingleFlight(async (started, signal) => {
      await rateLimiter.acquire(NAME, signal);
      started();
      const startedAt = clock.monotonic();
      const token = await fetch();
      this.#tokens.set(NAME, token, startedAt);
      return token;
    });
  }

  /**
   * Returns a token, even one requested before the call arrived. Only a failure is not shared with later callers.
   * @param signal of the caller; once it is aborted, the caller no longer waits
   */
  async token(signal: AbortSignal = neverAborted): Promise<Token> {
    const cached = this.#tokens.get(NAME);
    if (cached !== undefined) return cached.value;
    return (await this.#flight.join(signal, () => true)).value;
  }

  discard(token: Token): void {
    if (this.#tokens.get(NAME)?.value === token) this.#tokens.delete(NAME);
  }
}

export const neverAborted: AbortSignal = new AbortController().signal;
