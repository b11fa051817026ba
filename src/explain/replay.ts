/**
 * Recorded replies in the place of the network: the client, and everything behind it, goes the very same way as it did
 * when they were recorded. Nothing is connected.
 */

import { type Exchange, ExchangeError, type exchange, type Reply, ReplyTimeout } from "../metadata/http-exchange.ts";
import { PATHS } from "../metadata/paths.ts";
import { isTurnedAway } from "../metadata/retry.ts";
import { Fault } from "../verify/errors.ts";
import type { Recorded } from "./recording.ts";

/** A recorded call ended before it asked for something that is needed now. */
export class IncompleteCapture extends Error {
  override readonly name = "IncompleteCapture";
}

/** The stand-in for a token that was one. It goes nowhere. */
const TOKEN = "replayed";

/**
 * @param records in the order in which they were made
 * @param end ends the call, where the recorded one was ended by its deadline
 */
export function replay(records: readonly Recorded[], end: () => void): typeof exchange {
  const left = new Map<string, Recorded[]>();
  for (const record of records) {
    const key = keyOf(record);
    left.set(key, [...(left.get(key) ?? []), record]);
  }
  const last = new Map<string, Recorded>();
  return async (_http, what) => {
    const key = keyOf(what);
    const waiting = left.get(key) ?? [];
    const record = waiting.shift() ?? last.get(key);
    if (record !== undefined) {
      // A call that was given up, by a program with less patience than this one: it would have gone on like that.
      if (isNoValue(record)) last.set(key, record);
      else last.delete(key);
      return repeated(record, what, { end, isLast: waiting.length === 0 });
    }
    // A staple that was not fetched then is one that cannot be fetched now: its certificate may not need it.
    const message = `${what.path}: not in the capture`;
    throw isStaple(what.path) ? new ExchangeError("connect", message) : new IncompleteCapture(message);
  };
}

const isNoValue = (record: Recorded): boolean => "failed" in record || isTurnedAway(record);

const keyOf = ({ method, path }: Pick<Recorded, "method" | "path">): string => `${method} ${path}`;
const isStaple = (path: string): boolean => path.startsWith(PATHS.stapleNames) && path !== PATHS.stapleNames;

interface Place {
  end(): void;
  /** Whether the recorded call went no further on this path. */
  readonly isLast: boolean;
}

function repeated(record: Recorded, { path, limit }: Exchange, { end, isLast }: Place): Reply {
  if ("failed" in record) {
    const { failed } = record;
    if (failed.kind !== "fault") throw new ExchangeError(failed.kind, failed.message);
    if (failed.late) end();
    else if (failed.code === "METADATA_TIMEOUT") throw new ReplyTimeout(failed.message, failed.facts, !isLast);
    throw new Fault(failed.code, failed.message, failed.facts);
  }
  const { status, body, date } = record;
  if (!Buffer.isBuffer(body)) return { status, body: Buffer.from(body.token === "usable" ? TOKEN : ""), date };
  // The network has this limit; a file that somebody made has to keep it, too.
  if (body.length > limit) throw new Fault("METADATA_TOO_LARGE", `${path}: over ${limit} bytes`, { path, limit });
  return { status, body, date };
}
