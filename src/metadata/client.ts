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
import { CallTokens, type Token, type TokenSource } from "./token.ts";

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
  /** Gives the tokens; by default, the client fetches its own and shares it with no other client. */
  readonly tokens?: TokenSource;
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

/** Options of one GET. */
export interface GetOptions {
  /** Maximum attempts if the request is turned away (see isTurnedAway) or the connection breaks. */
  readonly maxAttempts?: number | undefined;
  /** Awaited before each attempt, when the token is there; resolves when the attempt may be made. */
  readonly beforeAttempt?: (() => Promise<void>) | undefined;
}

/** Seconds of lifetime requested for the token of one call. */
const CALL_TOKEN_LIFETIME = 60;

/** Maximum bytes; each small value is one line. */
export const SMALL_VALUE = 4096;

export class MetadataClient {
  readonly #options: ClientOptions;
  readonly #answering: Answering;
  readonly #retries: Retries;
  readonly #tokens: TokenSource;
  #agent: Agent | undefined;
  /** Whether the metadata service has replied to this client. */
  #hasReplied = false;

  constructor(options: ClientOptions) {
    const { left = () => Number.POSITIVE_INFINITY, random = Math.random, answering, tokens, agent } = options;
    this.#options = options;
    this.#answering = answering ?? { origin: undefined };
    this.#retries = new Retries(left, random);
    this.#tokens = tokens ?? new CallTokens(() => this.fetchToken(CALL_TOKEN_LIFETIME));
    this.#agent = agent;
  }

  /**
   * GETs a path with a token and returns the reply, with any status.
   * @param limit maximum bytes of the body
   * @throws Fault METADATA_UNREACHABLE, _TIMEOUT, _BROKEN, _TOO_LARGE, _MALFORMED, and _STATUS for a refused token;
   *   MetadataDisabled for the 403 that says that the metadata service is turned off
   */
  async get(path: string, limit: number, options: GetOptions = {}): Promise<Reply> {
    const token = await this.#tokens.token();
    const reply = await this.#request({ method: "GET", path, limit, ...options, headers: withToken(token) });
    if (reply.status !== 401) return reply;
    // The token has expired. If a new token is refused as well, expiry was not the reason.
    this.#tokens.discard(token);
    const headers = withToken(await this.#tokens.token());
    return this.#request({ method: "GET", path, limit, ...options, headers });
  }

  /**
   * Requests a new token, whatever tokens there are.
   * @param lifetime seconds; the metadata service allows 1 to 21600
   * @throws as `get` does
   */
  async fetchToken(lifetime: number): Promise<Token> {
    const { token: path } = PATHS;
    const headers = { "X-aws-ec2-metadata-token-ttl-seconds": String(lifetime), "Content-Length": "0" };
    const { status, body } = await this.#request({ method: "PUT", path, limit: SMALL_VALUE, headers });
    if (status === 403) throw new MetadataDisabled();
    if (status !== 200) throw statusFault(path, status);
    const text = body.toString("latin1");
    // The token is sent back in a header.
    if (!/^[\x21-\x7e]+$/.test(text)) throw new Fault("METADATA_MALFORMED", `${path}: invalid token`, { path });
    return { text };
  }

  /** True once the deadline of the whole call has passed: every request then ends in a Fault. */
  get ended(): boolean {
    return this.#options.signal.aborted;
  }

  /** Closes the connections that were kept open. */
  close(): void {
    this.#agent?.destroy();
  }

  async #request(request: RequestSpec): Promise<Reply> {
    const { gate } = this.#options;
    await request.beforeAttempt?.();
    const patiently = () => this.#patiently(request);
    return gate === undefined ? patiently() : gate({ path: request.path, patiently, once: this.#once(request) });
  }

  async #patiently(request: RequestSpec): Promise<Reply> {
    const { connectMs, requestMs: totalMs, signal, pause = pauseFor(signal) } = this.#options;
    const { maxAttempts = ATTEMPTS.usual, beforeAttempt } = request;
    for (let attempts = 1; ; attempts += 1) {
      if (attempts > 1) await beforeAttempt?.();
      const outcome = await inTurn(this.#attempt(request, { connectMs, totalMs, signal })).catch(noReply);
      const isReply = !(outcome instanceof NoReply);
      this.#hasReplied ||= isReply;
      if (isReply && !isTurnedAway(outcome)) return outcome;
      const ms = this.#retries.next(
        isReply
          ? { attempts, maxAttempts, retryAfter: outcome.retryAfter }
          : { attempts, maxAttempts: Math.min(maxAttempts, maxAttemptsAfter(outcome)) },
      );
      if (ms !== undefined) await pause(ms);
      // Without a further attempt, the call ends with the reason of this one.
      if (ms !== undefined && !signal.aborted) continue;
      if (isReply) return outcome;
      throw outcome.fault;
    }
  }

  #once(request: RequestSpec): Ways["once"] {
    return async (ms, signal) => {
      const outcome = await atOnce(this.#attempt(request, { connectMs: ms, totalMs: ms, signal })).catch(noReply);
      if (outcome instanceof NoReply) throw outcome.fault;
      return outcome;
    };
  }

  #attempt(request: RequestSpec, limits: Pick<Exchange, "connectMs" | "totalMs" | "signal">): Attempt {
    const { origins, sockets, exchange: send = exchange } = this.#options;
    const { method, path, limit, headers } = request;
    const http = process.getBuiltinModule("node:http");
    this.#agent ??= new http.Agent({ keepAlive: true, maxSockets: sockets });
    const agent = this.#agent;
    return {
      origins,
      agent,
      hasReplied: this.#hasReplied,
      path,
      answering: this.#answering,
      signal: limits.signal,
      send: (origin) => send(http, { method, path, limit, headers, ...limits, origin, agent }),
    };
  }
}

/** Returns the maximum number of attempts for a request that ended without a reply. */
function maxAttemptsAfter({ retryable }: NoReply): number {
  if (retryable === undefined) return 1;
  return retryable === "refused" ? ATTEMPTS.refused : ATTEMPTS.usual;
}

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

type RequestSpec = Pick<Exchange, "method" | "path" | "limit" | "headers"> & GetOptions;

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
