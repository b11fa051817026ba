/**
 * Replays recorded replies instead of using the network: the client and all code behind it take the same path as when the
 * replies were recorded. No connection is made.
 */

import { type Exchange, ExchangeError, type exchange, type Reply, ReplyTimeout } from "../metadata/http-exchange.ts";
import { PATHS } from "../metadata/paths.ts";
import { isTurnedAway } from "../metadata/retry.ts";
import { Fault } from "../verify/errors.ts";
import type { Recorded } from "./recording.ts";

/** The recorded call ended before it asked for something that is needed now. */
export class IncompleteCapture extends Error {
  override readonly name = "IncompleteCapture";
}

/** Replaces a token that was usable. It is never sent. */
const TOKEN = "replayed";

/**
 * Returns an exchange function that replays the records.
 * @param records in the order in which they were made
 * @param end ends the call, if the recorded one was ended by its deadline
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
      // If the recorded call gave up after fewer attempts than this program makes, its last failure is repeated.
      if (isNoValue(record)) last.set(key, record);
      else last.delete(key);
      return repeated(record, what, { end, isLast: waiting.length === 0 });
    }
    // A staple that was not fetched then counts as one that cannot be fetched now: its certificate may not need it.
    const message = `${what.path}: not in the capture`;
    throw isStaple(what.path) ? new ExchangeError("connect", message) : new IncompleteCapture(message);
  };
}

const isNoValue = (record: Recorded): boolean => record.kind === "failed" || isTurnedAway(record);

const keyOf = ({ method, path }: Pick<Recorded, "method" | "path">): string => `${method} ${path}`;
const isStaple = (path: string): boolean => path.startsWith(PATHS.stapleNames) && path !== PATHS.stapleNames;

interface Place {
  end(): void;
  /** Whether the recorded call made no further attempt at this path. */
  readonly isLast: boolean;
}

function repeated(record: Recorded, { path, limit }: Exchange, { end, isLast }: Place): Reply {
  if (record.kind === "failed") {
    const { failed } = record;
    if (failed.kind !== "fault") throw new ExchangeError(failed.kind, failed.message);
    if (failed.late) end();
    else if (failed.code === "METADATA_TIMEOUT") throw new ReplyTimeout(failed.message, failed.facts, !isLast);
    throw new Fault(failed.code, failed.message, failed.facts);
  }
  const { status, body, date } = record;
  if (!Buffer.isBuffer(body)) return { status, body: Buffer.from(body.token === "usable" ? TOKEN : ""), date };
  // The network code enforces this limit; the file may be manipulated, so it must be enforced here, too.
  if (body.length > limit) throw new Fault("METADATA_TOO_LARGE", `${path}: over ${limit} bytes`, { path, limit });
  return { status, body, date };
}
