/**
 * The only connection that this program makes: the instance metadata service, version 2 (first a token, then every value
 * with the token; version 1 is never used). It uses node:http, which is loaded here at first use.
 */
import type { Agent } from "node:http";
import { Fault } from "../verify/errors.ts";
import { type Answering, type Attempt, atOnce, inTurn, NoReply, type Origins } from "./addresses.ts";
import { type Exchange, exchange, type Reply } from "./http-exchange.ts";
import { PATHS } from "./paths.ts";
import { ATTEMPTS, isTurnedAway, Retries } from "./retry.ts";

export interface ClientOptions {
  /** Tried in order, starting with the one that answered last. */
  readonly origins: Origins;
  readonly connectMs: number;
  readonly requestMs: number;
  /** Maximum concurrent requests. */
  readonly sockets: number;
  /** Ends the whole call. */
  readonly signal: AbortSignal;
  /** Milliseconds until that deadline; no pause extends beyond it. By default only the signal ends the call. */
  readonly left?: () => number;
  /** Waits before a further attempt; by default in real time. A replay has no reason to wait. */
  readonly pause?: (ms: number) => Promise<void>;
  /** Returns numbers from 0 to 1, by which the pauses vary. */
  readonly random?: () => number;
  /** Makes one exchange; by default over the network. To explain a call, a recorder or a replay is passed here. */
  readonly exchange?: typeof exchange;
  /** Connections that outlive this client; by default it has its own. */
  readonly agent?: Agent;
  /** Which address answered last; by default not shared with other clients. */
  readonly answering?: Answering;
  /** Cache for the token; by default not shared with other clients. */
  readonly tokens?: TokenCache;
  /** Awaited before each attempt; resolves when the attempt may be made. */
  readonly before?: (path: string) => Promise<void>;
  /** Chooses the way in which a request is made; by default `patiently`. */
  readonly gate?: Gate;
}

/** The ways in which one request can be made. */
export interface Ways {
  readonly path: string;
  /** Retries as often as necessary, within the deadline of the call. */
  patiently(): Promise<Reply>;
  /**
   * Tries all addresses in parallel, once, for at most `ms` milliseconds.
   * @throws Fault
   */
  once(ms: number, signal: AbortSignal): Promise<Reply>;
}

export type Gate = (ways: Ways) => Promise<Reply>;

/** A token as fetched. Two tokens may have the same text, in a capture for example, and are still different tokens. */
export interface Token {
  readonly text: string;
}

/** Keeps the token from one request to the next. */
export interface TokenCache {
  /** Requested lifetime of a token in seconds; the metadata service allows 1 to 21600. */
  readonly lifetime: number;
  /** Returns the kept token, or else the result of `fetch`. */
  get(fetch: () => Promise<Token>): Promise<Token>;
  /** Reports that the metadata service no longer accepts this token. */
  refused(token: Token): void;
}

/** Token cache of one call, which takes at most four seconds. The first request fetches the token; the others share it. */
class CallTokenCache implements TokenCache {
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

/** Maximum bytes; each small value is one line. */
export const SMALL_VALUE = 4096;

export class MetadataClient {
  readonly #options: ClientOptions;
  readonly #answering: Answering;
  readonly #retries: Retries;
  readonly #tokens: TokenCache;
  #agent: Agent | undefined;
  #heard = false;

  constructor(options: ClientOptions) {
    const { left = () => Number.POSITIVE_INFINITY, random = Math.random, answering, tokens, agent } = options;
    this.#options = options;
    this.#answering = answering ?? { origin: undefined };
    this.#retries = new Retries(left, random);
    this.#tokens = tokens ?? new CallTokenCache();
    this.#agent = agent;
  }

  /**
   * GETs a path with a token and returns the reply, with any status.
   * @param limit maximum bytes of the body
   * @param most maximum attempts if the request is turned away (see isTurnedAway) or the connection breaks
   * @throws Fault METADATA_UNREACHABLE, _TIMEOUT, _BROKEN, _TOO_LARGE, _MALFORMED, and _STATUS for a refused token;
   *   MetadataDisabled for the 403 that says that the metadata service is turned off
   */
  async get(path: string, limit: number, most: number = ATTEMPTS.usual): Promise<Reply> {
    const token = await this.token();
    const reply = await this.#ask({ method: "GET", path, limit, most, headers: withToken(token) });
    if (reply.status !== 401) return reply;
    // The token has expired. If a new token is refused as well, expiry was not the reason.
    this.#tokens.refused(token);
    return this.#ask({ method: "GET", path, limit, most, headers: withToken(await this.token()) });
  }

  /** @throws as `get` does */
  token(): Promise<Token> {
    return this.#tokens.get(() => this.#fetchToken());
  }

  /** True once the deadline of the whole call has passed: every request then ends in a Fault. */
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
    const ask: RequestSpec = { method: "PUT", path, limit: SMALL_VALUE, most: ATTEMPTS.usual, headers };
    const { status, body } = await this.#ask(ask);
    if (status === 403) throw new MetadataDisabled();
    if (status !== 200) throw statusFault(path, status);
    const text = body.toString("latin1");
    // The token is sent back in a header.
    if (!/^[\x21-\x7e]+$/.test(text)) throw new Fault("METADATA_MALFORMED", `${path}: invalid token`, { path });
    return { text };
  }

  async #ask(ask: RequestSpec): Promise<Reply> {
    const { before, gate } = this.#options;
    await before?.(ask.path);
    const patiently = () => this.#patiently(ask);
    return gate === undefined ? patiently() : gate({ path: ask.path, patiently, once: this.#once(ask) });
  }

  async #patiently(ask: RequestSpec): Promise<Reply> {
    const { connectMs, requestMs: totalMs, signal, before, pause = pauseFor(signal) } = this.#options;
    for (let made = 1; ; made += 1) {
      if (made > 1) await before?.(ask.path);
      const end = await inTurn(this.#attempt(ask, { connectMs, totalMs, signal })).catch(noReply);
      const isReply = !(end instanceof NoReply);
      this.#heard ||= isReply;
      if (isReply && !isTurnedAway(end)) return end;
      const again = isReply
        ? { made, most: ask.most, retryAfter: end.retryAfter }
        : { made, most: Math.min(ask.most, mostAfter(end)) };
      const ms = this.#retries.next(again);
      if (ms !== undefined) await pause(ms);
      // Without a further attempt, the call ends with the reason of this one.
      if (ms !== undefined && !signal.aborted) continue;
      if (isReply) return end;
      throw end.fault;
    }
  }

  #once(ask: RequestSpec): Ways["once"] {
    return async (ms, signal) => {
      const end = await atOnce(this.#attempt(ask, { connectMs: ms, totalMs: ms, signal })).catch(noReply);
      if (end instanceof NoReply) throw end.fault;
      return end;
    };
  }

  #attempt(ask: RequestSpec, bounds: Pick<Exchange, "connectMs" | "totalMs" | "signal">): Attempt {
    const { origins, sockets, exchange: send = exchange } = this.#options;
    const { method, path, limit, headers } = ask;
    const http = process.getBuiltinModule("node:http");
    this.#agent ??= new http.Agent({ keepAlive: true, maxSockets: sockets });
    const agent = this.#agent;
    return {
      ...{ origins, agent, heard: this.#heard, path, answering: this.#answering, signal: bounds.signal },
      send: (origin) => send(http, { method, path, limit, headers, ...bounds, origin, agent }),
    };
  }
}

/** Returns the maximum number of attempts for a request that ended without a reply. */
const mostAfter = ({ again }: NoReply): number =>
  again === undefined ? 1 : again === "refused" ? ATTEMPTS.refused : ATTEMPTS.usual;

function noReply(error: unknown): NoReply {
  if (error instanceof NoReply) return error;
  throw error;
}

/** Returns a pause that also ends when the call is aborted. */
const pauseFor = (signal: AbortSignal) => (ms: number) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const end = () => resolve();
  if (signal.aborted) end();
  signal.addEventListener("abort", end, { once: true });
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
  });
};

type RequestSpec = Pick<Exchange, "method" | "path" | "limit" | "headers"> & { readonly most: number };

const withToken = ({ text }: Token): Exchange["headers"] => ({ "X-aws-ec2-metadata-token": text });

/** 403 to the token request: the metadata service is turned off for this instance. This is an answer, not a Fault. */
export class MetadataDisabled extends Error {
  override readonly name = "MetadataDisabled";

  constructor() {
    super("the metadata service is turned off (403 to the token request)");
  }
}

/** Returns the Fault for a status that leaves a value unknown. */
export const statusFault = (path: string, status: number): Fault =>
  new Fault("METADATA_STATUS", `${path}: status ${status}`, { path, status });
