/** One request and its reply over node:http: bounded in time and size, whatever the other side does. */
import type { Agent, IncomingMessage } from "node:http";
import { Fault } from "../core/errors.ts";

export interface Reply {
  readonly status: number;
  readonly body: Buffer;
  /** The Date header, where there was one. Nothing is judged by it: nobody signs it. */
  readonly date?: string | undefined;
}

export interface Exchange {
  readonly origin: Origin;
  readonly agent: Agent;
  readonly method: "GET" | "PUT";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes of body at most. */
  readonly limit: number;
  /** Ends the whole call: the one deadline. */
  readonly signal: AbortSignal;
  /** Milliseconds for a connection, and for the whole exchange. */
  readonly connectMs: number;
  readonly totalMs: number;
}

/** Where the metadata service is. An IPv6 host stands without brackets. */
export interface Origin {
  readonly host: string;
  readonly port: number;
}

/** Why an exchange brought no reply; what is worth a second try is told by `kind`. */
export class ExchangeError extends Error {
  override readonly name = "ExchangeError";
  /** `connect`: no connection could be made. `broken`: it was made, and broke. */
  readonly kind: "connect" | "broken";

  constructor(kind: "connect" | "broken", message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.kind = kind;
  }
}

/**
 * @throws ExchangeError where the connection could not be made or broke before the whole announced body was there
 * @throws Fault METADATA_TIMEOUT past either time, METADATA_TOO_LARGE past the limit, METADATA_MALFORMED for no HTTP
 */
export function exchange(http: typeof import("node:http"), what: Exchange): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const { host, port } = what.origin;
  const request = http.request({
    host,
    port,
    path: what.path,
    method: what.method,
    headers: what.headers,
    agent: what.agent,
    // A header section longer than this is no metadata service's.
    maxHeaderSize: 16_384,
  });

  const bounds: Bound[] = [];
  const end = (error: Error) => {
    request.destroy();
    reject(error);
  };
  const within = (ms: number, error: () => Error) => {
    const bound = new Bound(ms, () => end(error()));
    bounds.push(bound);
    return bound;
  };
  const onAbort = () => end(timeout(what, "the deadline of the whole call has passed"));
  what.signal.addEventListener("abort", onAbort, { once: true });

  let connected = false;
  // The times begin with the socket: waiting for a free one is bounded by the deadline alone.
  request.on("socket", (socket) => {
    within(what.totalMs, () => timeout(what, `no whole reply within ${what.totalMs} ms`));
    const late = within(what.connectMs, () => {
      const message = `no connection to ${host}:${port} within ${what.connectMs} ms`;
      return new ExchangeError("connect", message);
    });
    const onConnect = () => {
      connected = true;
      late.lift();
    };
    if (socket.connecting) socket.once("connect", onConnect);
    // Destroyed already: without a route, connecting fails before this event.
    else if (!socket.destroyed) onConnect();
  });
  request.on("error", (error) => end(failure(error, connected, what)));
  request.on("response", (response) => {
    readBody(response, what).then(resolve, (error) => end(error instanceof Fault ? error : failure(error, true, what)));
  });
  request.end();
  if (what.signal.aborted) onAbort();

  return promise.finally(() => {
    for (const bound of bounds) bound.lift();
    what.signal.removeEventListener("abort", onAbort);
  });
}

/**
 * A time limit. A process that was kept from running (sixty logins at once) finds its timers due while the reply lies
 * there unread, and Node runs timers first: so what has come is read before the time is over.
 */
class Bound {
  readonly #timer: NodeJS.Timeout;
  #due: NodeJS.Immediate | undefined;

  constructor(ms: number, over: () => void) {
    this.#timer = setTimeout(() => {
      this.#due = setImmediate(over);
    }, ms);
  }

  lift(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#due);
  }
}

/** The whole body. Events, not an async iterator: the iterator's machinery costs every call a millisecond. */
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
    resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts, size), date: response.headers.date });
  });
  // A body that breaks off: no end, but an error where more was announced.
  response.on("error", reject);
  return promise;
}

const timeout = ({ path }: Exchange, what: string): Fault =>
  new Fault("METADATA_TIMEOUT", `${path}: ${what}`, { path });

function failure(error: NodeJS.ErrnoException, connected: boolean, { path, origin }: Exchange): Error {
  // The parser's errors are of the form HPE_INVALID_CONSTANT: bytes came, and they are not HTTP.
  if (error.code?.startsWith("HPE_") && error.code !== "HPE_INVALID_EOF_STATE") {
    return new Fault(
      "METADATA_MALFORMED",
      `${path}: the reply is not HTTP (${error.code})`,
      { path },
      { cause: error },
    );
  }
  if (connected) return new ExchangeError("broken", `${path}: ${error.message}`, { cause: error });
  return new ExchangeError("connect", `${origin.host}:${origin.port}: ${error.message}`, { cause: error });
}
