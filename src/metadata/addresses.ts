/**
 * One attempt at the metadata service, which has an IPv4 address and an IPv6 address. The address that answered last is
 * tried first, then the other, until one of them answers.
 */
import type { Agent } from "node:http";
import { Fault } from "../verify/errors.ts";
import { ExchangeError, type Origin, type Reply, ReplyTimeout } from "./http-exchange.ts";

/** Which address answered last. All clients of the service share one. */
export interface Answering {
  origin: Origin | undefined;
}

/** Why there was no reply. `retryable` is the kind of failure if a retry may help; undefined if the failure is final. */
export class NoReply extends Error {
  override readonly name = "NoReply";
  readonly fault: Fault;
  readonly retryable: "broken" | "refused" | undefined;

  constructor(fault: Fault, retryable?: "broken" | "refused") {
    super(fault.message);
    this.fault = fault;
    this.retryable = retryable;
  }
}

export type Origins = readonly [Origin, ...Origin[]];

/** One exchange with one address. */
export type Send = (origin: Origin) => Promise<Reply>;

export interface Attempt {
  readonly path: string;
  readonly origins: Origins;
  readonly answering: Answering;
  readonly agent: Agent;
  /** Ends the whole call. */
  readonly signal: AbortSignal;
  /** Whether this call has already received a reply. */
  readonly hasReplied: boolean;
  readonly send: Send;
}

/**
 * Tries one address after the other. A failure on a connection that was kept open since an earlier call says nothing about
 * its address: that address is tried once more at the end, over a new connection.
 * @throws NoReply if no address answered; Fault for a reply that cannot be from the metadata service
 */
export async function inTurn(attempt: Attempt): Promise<Reply> {
  const { answering, agent, signal, hasReplied, send } = attempt;
  const turns = inOrder(attempt);
  const failures: Failure[] = [];
  for (let origin = turns.shift(); origin !== undefined; origin = turns.shift()) {
    try {
      const reply = await send(origin);
      answering.origin = origin;
      return reply;
    } catch (error) {
      if (!isFailure(error)) throw error;
      failures.push(error);
      if (signal.aborted) break;
      // Other connections kept open to this address may be dead as well.
      closeIdleSockets(agent, origin);
      if (isReusedSocket(error) && !hasReplied) turns.push(origin);
    }
  }
  throw noReply(attempt.path, failures);
}

/**
 * Tries all addresses in parallel and returns the first reply.
 * @throws as inTurn does
 */
export async function atOnce({ path, origins, answering, agent, send }: Attempt): Promise<Reply> {
  const failures: Failure[] = [];
  const tries = origins.map(async (origin) => {
    closeIdleSockets(agent, origin);
    const reply = await send(origin);
    answering.origin = origin;
    return reply;
  });
  try {
    return await Promise.any(tries);
  } catch (error) {
    for (const one of (error as AggregateError).errors) {
      if (!isFailure(one)) throw one;
      failures.push(one);
    }
    throw noReply(path, failures);
  }
}

type Failure = ExchangeError | ReplyTimeout;

const isFailure = (error: unknown): error is Failure => error instanceof ExchangeError || error instanceof ReplyTimeout;

const isReusedSocket = (error: Failure): boolean =>
  (error instanceof ReplyTimeout || error.kind === "broken") && error.reusedSocket;

function inOrder({ origins, answering: { origin: last } }: Attempt): Origin[] {
  const first = origins.find(({ host, port }) => host === last?.host && port === last.port);
  return first === undefined ? [...origins] : [first, ...origins.filter((origin) => origin !== first)];
}

/** Closes the idle connections to an address. */
function closeIdleSockets(agent: Agent, origin: Origin): void {
  for (const socket of agent.freeSockets[agent.getName(origin)] ?? []) socket.destroy();
}

/** Returns the failure that says most about the metadata service. A reply that timed out is not waited for again. */
function noReply(path: string, failures: readonly Failure[]): NoReply {
  const late = failures.find((error) => error instanceof ReplyTimeout);
  if (late !== undefined) return new NoReply(late);
  const errors = failures.filter((error) => error instanceof ExchangeError);
  const broken = errors.find(({ kind }) => kind === "broken");
  if (broken !== undefined) {
    return new NoReply(new Fault("METADATA_BROKEN", broken.message, { path }, { cause: broken }), "broken");
  }
  const fault = new Fault(
    "METADATA_UNREACHABLE",
    errors.map(({ message }) => message).join("; "),
    { path },
    { cause: errors.at(-1) },
  );
  return new NoReply(fault, errors.some(({ kind }) => kind === "refused") ? "refused" : undefined);
}
