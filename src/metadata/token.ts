/** Tokens of the metadata service (IMDSv2): where a client gets the token that it sends with each request. */

/** A token as fetched. Two tokens may have the same text, in a capture for example, and are still different tokens. */
export interface Token {
  readonly text: string;
}

/** Gives a client its tokens. How long a token is used, and how one is fetched, is the source's concern. */
export interface TokenSource {
  /**
   * Returns a token that was not discarded, and fetches one if there is none.
   * @throws as MetadataClient.fetchToken does
   */
  token(): Promise<Token>;
  /** Called when the metadata service no longer accepts this token. */
  discard(token: Token): void;
}

/** Tokens of one call, which takes at most four seconds. The first request fetches the token; the others share it. */
export class CallTokens implements TokenSource {
  readonly #fetch: () => Promise<Token>;
  #token: Promise<Token> | undefined;
  #discarded: Token | undefined;

  /** @param fetch requests a new token */
  constructor(fetch: () => Promise<Token>) {
    this.#fetch = fetch;
  }

  async token(): Promise<Token> {
    this.#token ??= this.#fetch();
    const shared = this.#token;
    const token = await shared;
    if (token !== this.#discarded) return token;
    // Of all the requests whose token was discarded, the first one fetches a new token.
    if (this.#token === shared) this.#token = this.#fetch();
    return this.#token;
  }

  discard(token: Token): void {
    this.#discarded = token;
  }
}
