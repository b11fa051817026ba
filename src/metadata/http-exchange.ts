/** One request and its reply over node:http, with limits on time and size that hold for any behavior of the server. */
import type { Agent, IncomingMessage } from "node:http";
import { COUNTED_MS, elapsed, LOOK_MS } from "../deadline.ts";
import { type Facts, Fault } from "../verify/errors.ts";

export interface Reply {
  readonly status: number;
  readonly body: Buffer;
  /** The Date header, if present. No decision depends on it, because it is not signed. */
  readonly date?: string | undefined;
  /** The Retry-After header (RFC 9110 §10.2.3), if present. */
  readonly retryAfter?: string | undefined;
}

export interface Exchange {
  readonly origin: Origin;
  readonly agent: Agent;
  readonly method: "GET" | "PUT";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Maximum bytes of the body. */
  readonly limit: number;
  /** Aborts at the deadline of the whole call. */
  readonly signal: AbortSignal;
  /** Milliseconds for the connection, and for the whole exchange. */
  readonly connectMs: number;
  readonly totalMs: number;
}

/** Address of the metadata service. An IPv6 host is written without brackets. */
export interface Origin {
  readonly host: string;
  readonly port: number;
}

/**
 * Why an exchange brought no reply. `connect`: no connection could be made. `refused`: the other side refused it, so it is
 * present. `broken`: the connection was made and then broke.
 */
export type ExchangeFailure = "connect" | "refused" | "broken";

/** No reply, for a reason that may be gone a moment later or may not apply to another address. */
export class ExchangeError extends Error {
  override readonly name = "ExchangeError";
  readonly kind: ExchangeFailure;
  /** The connection had been kept open from an earlier request, so its end says nothing about the address. */
  readonly reusedSocket: boolean;

  constructor(kind: ExchangeFailure, message: string, options?: { cause?: unknown; reusedSocket?: boolean }) {
    super(message, options);
    this.kind = kind;
    this.reusedSocket = options?.reusedSocket ?? false;
  }
}

/** The reply did not arrive within the time of one exchange. Unlike at the end of the whole call, a retry may succeed. */
export class ReplyTimeout extends Fault {
  readonly reusedSocket: boolean;

  constructor(message: string, facts: Facts, reusedSocket: boolean) {
    super("METADATA_TIMEOUT", message, facts);
    this.reusedSocket = reusedSocket;
  }

  /** `instanceof` of the parent tests a symbol that every Fault has (verify/errors.ts); here it tests `reusedSocket` too. */
  static override [Symbol.hasInstance](value: unknown): value is ReplyTimeout {
    return value instanceof Fault && "reusedSocket" in value;
  }
}

/**
 * @throws ExchangeError if the connection could not be made, or broke before the whole announced body had arrived
 * @throws Fault METADATA_TIMEOUT after the time of the exchange or of the call, METADATA_TOO_LARGE above the limit,
 *   METADATA_MALFORMED if the reply is not HTTP
 */
export function exchange(http: typeof import("node:http"), spec: Exchange): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const { host, port } = spec.origin;
  const request = http.request({
    host,
    port,
    path: spec.path,
    method: spec.method,
    headers: spec.headers,
    agent: spec.agent,
    // The metadata service never sends a longer header section.
    maxHeaderSize: 16_384,
  });

  const timeouts: Timeout[] = [];
  const fail = (error: Error) => {
    request.destroy();
    reject(error);
  };
  const startTimeout = (ms: number, error: () => Error) => {
    const started = new Timeout(ms, () => fail(error()));
    timeouts.push(started);
    return started;
  };
  const onAbort = () => fail(timeout(spec, "the deadline of the whole call has passed"));
  spec.signal.addEventListener("abort", onAbort, { once: true });

  let connected = false;
  // The time limits start with the socket: the wait for a free socket is limited only by the deadline.
  request.on("socket", (socket) => {
    const { path, connectMs, totalMs } = spec;
    const message = `${path}: no complete reply within ${totalMs} ms`;
    startTimeout(totalMs, () => new ReplyTimeout(message, { path }, request.reusedSocket));
    const connectTimeout = startTimeout(
      connectMs,
      () => new ExchangeError("connect", `no connection to ${host}:${port} within ${connectMs} ms`),
    );
    const onConnect = () => {
      connected = true;
      connectTimeout.clear();
    };
    if (socket.connecting) socket.once("connect", onConnect);
    // Already destroyed: without a route, connecting fails before this event.
    else if (!socket.destroyed) onConnect();
  });
  const failureOf = (error: Error) => failure(error, { ...spec, connected, reusedSocket: request.reusedSocket });
  request.on("error", (error) => fail(failureOf(error)));
  request.on("response", (response) => {
    readBody(response, spec).then(resolve, (error) => fail(error instanceof Fault ? error : failureOf(error)));
  });
  request.end();
  if (spec.signal.aborted) onAbort();

  return promise.finally(() => {
    for (const started of timeouts) started.clear();
    spec.signal.removeEventListener("abort", onAbort);
  });
}

/**
 * A time limit for the other side. If this process could not run for a while (sixty logins at once), its timers are due
 * while the reply is waiting unread, or before the request has been sent at all, and Node runs timers first. So data that
 * has arrived is read before the limit applies, and what this process waited for the processor hardly counts.
 */
class Timeout {
  readonly #onTimeout: () => void;
  #left: number;
  #timer: NodeJS.Timeout;
  #due: NodeJS.Immediate | undefined;

  constructor(ms: number, onTimeout: () => void) {
    this.#onTimeout = onTimeout;
    this.#left = ms;
    this.#timer = this.#wait();
  }

  clear(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#due);
  }

  #wait(): NodeJS.Timeout {
    const from = elapsed();
    const goOn = () => {
      this.#left -= Math.min(elapsed() - from, COUNTED_MS);
      if (this.#left > 0) this.#timer = this.#wait();
      else this.#due = setImmediate(this.#onTimeout);
    };
    return setTimeout(goOn, Math.min(LOOK_MS, Math.ceil(this.#left)));
  }
}

/** Reads the whole body. Uses events, because an async iterator costs every call a millisecond. */
function readBody(response: IncomingMessage, { limit, path }: Exchange): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const parts: Buffer[] = [];
  let size = 0;
  response.on("data", (part: Buffer) => {
    size += part.length;
    parts.push(part);
    if (size > limit) reject(new Fault("METADATA_TOO_LARGE", `${path}: over ${limit} bytes`, { path, limit }));
  });
  response.on("end", () => {
    const { statusCode = 0, headers } = response;
    const body = Buffer.concat(parts, size);
    resolve({ status: statusCode, body, date: headers.date, retryAfter: headers["retry-after"] });
  });
  // A truncated body causes no "end" event, but an error if a longer body was announced.
  response.on("error", reject);
  return promise;
}

const timeout = ({ path }: Exchange, what: string): Fault =>
  new Fault("METADATA_TIMEOUT", `${path}: ${what}`, { path });

/** Errors that the other side, or its system, causes for a connection that it rejects. */
const REFUSED: ReadonlySet<string | undefined> = new Set(["ECONNREFUSED", "ECONNRESET"]);

type Failed = Exchange & { readonly connected: boolean; readonly reusedSocket: boolean };

function failure(error: NodeJS.ErrnoException, { path, origin, connected, reusedSocket }: Failed): Error {
  // Errors of the parser have the form HPE_INVALID_CONSTANT: bytes arrived, but they are not HTTP.
  if (error.code?.startsWith("HPE_") && error.code !== "HPE_INVALID_EOF_STATE") {
    return new Fault(
      "METADATA_MALFORMED",
      `${path}: the reply is not HTTP (${error.code})`,
      { path },
      { cause: error },
    );
  }
  if (connected) return new ExchangeError("broken", `${path}: ${error.message}`, { cause: error, reusedSocket });
  const kind = REFUSED.has(error.code) ? "refused" : "connect";
  return new ExchangeError(kind, `${origin.host}:${origin.port}: ${error.message}`, { cause: error });
}
