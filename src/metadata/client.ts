/**
 * The only connection this program makes: the instance metadata service, version 2 (a token first, then every value
 * with it; version 1 is never spoken). node:http, loaded here at first use.
 */
import type { Agent } from "node:http";
import { Fault } from "../core/errors.ts";
import { type Exchange, ExchangeError, exchange, type Origin, type Reply } from "./exchange.ts";
import { PATHS } from "./paths.ts";

export interface ClientOptions {
  /** Tried in order; the next one only where no connection could be made. */
  readonly origins: readonly [Origin, ...Origin[]];
  readonly connectMs: number;
  readonly requestMs: number;
  /** Requests at one time. */
  readonly sockets: number;
  /** Ends the whole call. */
  readonly signal: AbortSignal;
  /** What makes one exchange; by default the network. A recorder or a replay stands here for who explains a call. */
  readonly exchange?: typeof exchange;
  /** Connections that outlive this client; by default it has its own. */
  readonly agent?: Agent;
  /** Who keeps the token; by default this client, for itself. */
  readonly tokens?: Tokens;
}

/** As it was fetched: two of them may have the same text, in a capture for one, and are two all the same. */
export interface Token {
  readonly text: string;
}

/** A place for the token, from one request to the next. */
export interface Tokens {
  /** Seconds for which a token is asked; the service allows 1 to 21600. */
  readonly lifetime: number;
  /** The one that is kept, or else what `fetch` brings. */
  get(fetch: () => Promise<Token>): Promise<Token>;
  /** The service does not take this one any more. */
  refused(token: Token): void;
}

/** For one call, which takes four seconds at most. Whoever comes first asks for a token; the others share it. */
class OwnTokens implements Tokens {
  readonly lifetime = 60;
  #token: Promise<Token> | undefined;
  #refused: Token | undefined;

  async get(fetch: () => Promise<Token>): Promise<Token> {
    this.#token ??= fetch();
    const used = this.#token;
    const token = await used;
    if (token !== this.#refused) return token;
    if (this.#token === used) this.#token = fetch();
    return this.#token;
  }

  refused(token: Token): void {
    this.#refused = token;
  }
}

/** Bytes; the small values are a line each. */
export const SMALL_VALUE = 4096;

export class MetadataClient {
  readonly #options: ClientOptions;
  #agent: Agent | undefined;
  #origin: Origin | undefined;
  readonly #tokens: Tokens;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#agent = options.agent;
    this.#tokens = options.tokens ?? new OwnTokens();
  }

  /**
   * GETs a path with a token, whatever status comes back.
   * @param limit bytes of body
   * @throws Fault METADATA_UNREACHABLE, _TIMEOUT, _BROKEN, _TOO_LARGE, _MALFORMED, and _STATUS for a token refused;
   *   TokenRefused for the 403 that says that the service is turned off
   */
  async get(path: string, limit: number): Promise<Reply> {
    const token = await this.token();
    const reply = await this.#attempt({ method: "GET", path, limit, headers: withToken(token) });
    if (reply !== undefined && reply.status !== 401 && reply.status < 500) return reply;
    // 401 is an expired token.
    if (reply?.status === 401) this.#tokens.refused(token);
    return this.#lastAttempt({ method: "GET", path, limit, headers: withToken(await this.token()) });
  }

  /** @throws as `get` does */
  token(): Promise<Token> {
    return this.#tokens.get(() => this.#fetchToken());
  }

  /** True once the deadline of the whole call has passed: every request ends in a Fault then. */
  get ended(): boolean {
    return this.#options.signal.aborted;
  }

  /** Closes the connections that were kept open. */
  close(): void {
    this.#agent?.destroy();
  }

  async #fetchToken(): Promise<Token> {
    const { token: path } = PATHS;
    const lifetime = String(this.#tokens.lifetime);
    const headers = { "X-aws-ec2-metadata-token-ttl-seconds": lifetime, "Content-Length": "0" };
    const ask: Ask = { method: "PUT", path, limit: SMALL_VALUE, headers };
    const reply = await this.#attempt(ask);
    const { status, body } = reply !== undefined && reply.status < 500 ? reply : await this.#lastAttempt(ask);
    if (status === 403) throw new TokenRefused();
    if (status !== 200) throw statusFault(path, status);
    const text = body.toString("latin1");
    // It goes out again in a header.
    if (!/^[\x21-\x7e]+$/.test(text)) throw new Fault("METADATA_MALFORMED", `${path}: the token is none`, { path });
    return { text };
  }

  /** Undefined for a connection that broke: worth one more attempt. */
  async #attempt(ask: Ask): Promise<Reply | undefined> {
    try {
      return await this.#send(ask);
    } catch (error) {
      if (error instanceof ExchangeError) return undefined;
      throw error;
    }
  }

  async #lastAttempt(ask: Ask): Promise<Reply> {
    try {
      return await this.#send(ask);
    } catch (error) {
      if (!(error instanceof ExchangeError)) throw error;
      throw new Fault("METADATA_BROKEN", error.message, { path: ask.path }, { cause: error });
    }
  }

  /** @throws ExchangeError for a connection that broke; Fault METADATA_UNREACHABLE where none could be made anywhere */
  async #send(ask: Ask): Promise<Reply> {
    const { origins, connectMs, requestMs, signal, sockets, exchange: send = exchange } = this.#options;
    const http = process.getBuiltinModule("node:http");
    this.#agent ??= new http.Agent({ keepAlive: true, maxSockets: sockets });
    const tried: string[] = [];
    let last: unknown;
    for (const origin of this.#origin === undefined ? origins : [this.#origin]) {
      try {
        const reply = await send(http, {
          ...ask,
          origin,
          agent: this.#agent,
          signal,
          connectMs,
          totalMs: requestMs,
        });
        this.#origin = origin;
        return reply;
      } catch (error) {
        if (!(error instanceof ExchangeError && error.kind === "connect")) throw error;
        tried.push(error.message);
        last = error;
      }
    }
    throw new Fault("METADATA_UNREACHABLE", tried.join("; "), { path: ask.path }, { cause: last });
  }
}

type Ask = Pick<Exchange, "method" | "path" | "limit" | "headers">;

const withToken = ({ text }: Token): Exchange["headers"] => ({ "X-aws-ec2-metadata-token": text });

/** 403 to the token request: the metadata service is turned off for this instance. An answer, not a Fault. */
export class TokenRefused extends Error {
  override readonly name = "TokenRefused";

  constructor() {
    super("the metadata service is turned off (403 to the token request)");
  }
}

/** The Fault for a status that leaves a value unknown. */
export const statusFault = (path: string, status: number): Fault =>
  new Fault("METADATA_STATUS", `${path}: status ${status}`, { path, status });
