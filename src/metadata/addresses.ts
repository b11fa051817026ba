/**
 * One attempt at the metadata service, which has an address of IPv4 and one of IPv6: the one that answered last, then the
 * other, until one of them answers.
 */
import type { Agent } from "node:http";
import { Fault } from "../verify/errors.ts";
import { ExchangeError, type Origin, type Reply, ReplyTimeout } from "./http-exchange.ts";

/** Which address answered last. The warm service has one for all of its clients. */
export interface Answering {
  origin: Origin | undefined;
}

/** Why there was no reply: to be tried again a moment later (then `again` says how), or final. */
export class NoReply extends Error {
  override readonly name = "NoReply";
  readonly fault: Fault;
  readonly again: "broken" | "refused" | undefined;

  constructor(fault: Fault, again?: "broken" | "refused") {
    super(fault.message);
    this.fault = fault;
    this.again = again;
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
  /** Whether something has answered this very call already. */
  readonly heard: boolean;
  readonly send: Send;
}

/**
 * One address after the other. A connection that was kept open since an earlier call and is dead now says nothing of
 * its address: that one is asked once more at the end, over a new connection.
 * @throws NoReply where no address answered; a Fault for a reply that is none of the metadata service's
 */
export async function inTurn(attempt: Attempt): Promise<Reply> {
  const { answering, agent, signal, heard, send } = attempt;
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
      // What else was kept open to it may be as dead.
      dropKept(agent, origin);
      if (isKept(error) && !heard) turns.push(origin);
    }
  }
  throw noReply(attempt.path, failures);
}

/**
 * All addresses at once, and whichever answers first.
 * @throws as inTurn does
 */
export async function atOnce({ path, origins, answering, agent, send }: Attempt): Promise<Reply> {
  const failures: Failure[] = [];
  const tries = origins.map(async (origin) => {
    dropKept(agent, origin);
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

const isKept = (error: Failure): boolean => (error instanceof ReplyTimeout || error.kind === "broken") && error.kept;

function inOrder({ origins, answering: { origin: last } }: Attempt): Origin[] {
  const first = origins.find(({ host, port }) => host === last?.host && port === last.port);
  return first === undefined ? [...origins] : [first, ...origins.filter((origin) => origin !== first)];
}

/** Connections that nobody uses just now. */
function dropKept(agent: Agent, origin: Origin): void {
  for (const socket of agent.freeSockets[agent.getName(origin)] ?? []) socket.destroy();
}

/** Of all addresses: what says most of the service. A reply that did not come in time is not waited for again. */
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
