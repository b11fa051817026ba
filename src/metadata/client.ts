/**
 * The only connection this program makes: the instance metadata service, version 2 (a token first, then every value
 * with it; version 1 is never spoken). node:http, loaded here at first use.
 */
import type { Agent } from "node:http";
import { Fault } from "../verify/errors.ts";
import { type Answering, type Attempt, atOnce, inTurn, NoReply, type Origins } from "./addresses.ts";
import { type Exchange, exchange, type Reply } from "./http-exchange.ts";
import { PATHS } from "./paths.ts";
import { ATTEMPTS, isTurnedAway, Retries } from "./retry.ts";

export interface ClientOptions {
  /** Tried in order, the one that answered last before the others. */
  readonly origins: Origins;
  readonly connectMs: number;
  readonly requestMs: number;
  /** Requests at one time. */
  readonly sockets: number;
  /** Ends the whole call. */
  readonly signal: AbortSignal;
  /** Milliseconds until that: no pause goes beyond it. By default the signal alone ends the call. */
  readonly left?: () => number;
  /** Waits before a further attempt; by default by the clock. A replay has no reason to wait. */
  readonly pause?: (ms: number) => Promise<void>;
  /** Numbers from 0 to 1 that spread pauses. */
  readonly random?: () => number;
  /** What makes one exchange; by default the network. A recorder or a replay stands here for who explains a call. */
  readonly exchange?: typeof exchange;
  /** Connections that outlive this client; by default it has its own. */
  readonly agent?: Agent;
  /** Which address answered last; by default this client knows of itself alone. */
  readonly answering?: Answering;
  /** Who keeps the token; by default this client, for itself. */
  readonly tokens?: TokenCache;
  /** Awaited before each attempt: when it may be made. */
  readonly before?: (path: string) => Promise<void>;
  /** Decides how much patience a request is worth; by default all. */
  readonly gate?: Gate;
}

/** The ways in which one request can be made. */
export interface Ways {
  readonly path: string;
  /** As often as it takes, within the call's deadline. */
  patiently(): Promise<Reply>;
  /**
   * Once, at all addresses together, for so many milliseconds.
   * @throws Fault
   */
  once(ms: number, signal: AbortSignal): Promise<Reply>;
}

export type Gate = (ways: Ways) => Promise<Reply>;

/** As it was fetched: two of them may have the same text, in a capture for one, and are two all the same. */
export interface Token {
  readonly text: string;
}

/** A place for the token, from one request to the next. */
export interface TokenCache {
  /** Seconds for which a token is asked; the service allows 1 to 21600. */
  readonly lifetime: number;
  /** The one that is kept, or else what `fetch` brings. */
  get(fetch: () => Promise<Token>): Promise<Token>;
  /** The service does not take this one any more. */
  refused(token: Token): void;
}

/** For one call, which takes four seconds at most. Whoever comes first asks for a token; the others share it. */
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

/** Bytes; the small values are a line each. */
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
   * GETs a path with a token, whatever status comes back.
   * @param limit bytes of body
   * @param most attempts, where it is turned away or the connection breaks
   * @throws Fault METADATA_UNREACHABLE, _TIMEOUT, _BROKEN, _TOO_LARGE, _MALFORMED, and _STATUS for a token refused;
   *   MetadataDisabled for the 403 that says that the service is turned off
   */
  async get(path: string, limit: number, most: number = ATTEMPTS.usual): Promise<Reply> {
    const token = await this.token();
    const reply = await this.#ask({ method: "GET", path, limit, most, headers: withToken(token) });
    if (reply.status !== 401) return reply;
    // An expired token. A new one is refused for another reason.
    this.#tokens.refused(token);
    return this.#ask({ method: "GET", path, limit, most, headers: withToken(await this.token()) });
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
    const ask: RequestSpec = { method: "PUT", path, limit: SMALL_VALUE, most: ATTEMPTS.usual, headers };
    const { status, body } = await this.#ask(ask);
    if (status === 403) throw new MetadataDisabled();
    if (status !== 200) throw statusFault(path, status);
    const text = body.toString("latin1");
    // It goes out again in a header.
    if (!/^[\x21-\x7e]+$/.test(text)) throw new Fault("METADATA_MALFORMED", `${path}: the token is none`, { path });
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
      // With its own reason, where it has no other chance.
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

/** Attempts that a request without a reply may have. */
const mostAfter = ({ again }: NoReply): number =>
  again === undefined ? 1 : again === "refused" ? ATTEMPTS.refused : ATTEMPTS.usual;

function noReply(error: unknown): NoReply {
  if (error instanceof NoReply) return error;
  throw error;
}

/** Ends with the call, too. */
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

/** 403 to the token request: the metadata service is turned off for this instance. An answer, not a Fault. */
export class MetadataDisabled extends Error {
  override readonly name = "MetadataDisabled";

  constructor() {
    super("the metadata service is turned off (403 to the token request)");
  }
}

/** The Fault for a status that leaves a value unknown. */
export const statusFault = (path: string, status: number): Fault =>
  new Fault("METADATA_STATUS", `${path}: status ${status}`, { path, status });
