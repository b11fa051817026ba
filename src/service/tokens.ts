/** The token, kept for nearly as long as it holds, and fetched for all who wait for one together. */
import type { Token, Tokens } from "../metadata/client.ts";
import type { Clock } from "./clock.ts";
import { TOKEN_LIFETIME, TOKEN_MS } from "./limits.ts";
import { Memory } from "./memory.ts";
import type { Pace } from "./pace.ts";
import { SharedFetch } from "./shared-fetch.ts";

const NAME = "token";

export class KeptTokens implements Tokens {
  readonly lifetime = TOKEN_LIFETIME;
  readonly #memory: Memory<Token>;
  readonly #fetch: SharedFetch<Token>;

  /** @param fetch asks the service for one, whatever is kept; see `asking` */
  constructor(fetch: () => Promise<Token>, pace: Pace, clock: Clock) {
    this.#memory = new Memory({ most: 1, ms: TOKEN_MS }, clock);
    this.#fetch = new SharedFetch(async (begun, signal) => {
      await pace.turn(NAME, signal);
      begun();
      const since = clock.monotonic();
      const token = await fetch();
      this.#memory.set(NAME, token, since);
      return token;
    });
  }

  /** A token is good whenever it was asked for. Only a failure is not shared by those who came in the meantime. */
  async get(_fetch?: () => Promise<Token>, signal: AbortSignal = NEVER): Promise<Token> {
    const kept = this.#memory.get(NAME);
    if (kept !== undefined) return kept.value;
    return (await this.#fetch.join(signal, () => true)).value;
  }

  refused(token: Token): void {
    if (this.#memory.get(NAME)?.value === token) this.#memory.forget(NAME);
  }
}

/** For the client that fetches them: nothing is kept. */
export const asking: Tokens = { lifetime: TOKEN_LIFETIME, get: (fetch) => fetch(), refused: () => undefined };

export const NEVER: AbortSignal = new AbortController().signal;
