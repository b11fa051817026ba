/**
 * Recorded replies in the place of the network: the client, and everything behind it, goes the very same way as it did
 * when they were recorded. Nothing is connected.
 */
import { Fault } from "../core/errors.ts";
import { type Exchange, ExchangeError, type exchange, type Reply } from "../metadata/exchange.ts";
import { PATHS } from "../metadata/paths.ts";
import type { Recorded } from "./record.ts";

/** A recorded call ended before it asked for something that is needed now. */
export class CaptureGap extends Error {
  override readonly name = "CaptureGap";
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
  return async (_http, what) => {
    const record = left.get(keyOf(what))?.shift();
    if (record !== undefined) return repeated(record, what, end);
    // A staple that was not fetched then is one that cannot be fetched now: its certificate may not need it.
    const message = `${what.path}: not in the capture`;
    throw isStaple(what.path) ? new ExchangeError("broken", message) : new CaptureGap(message);
  };
}

const keyOf = ({ method, path }: Pick<Recorded, "method" | "path">): string => `${method} ${path}`;
const isStaple = (path: string): boolean => path.startsWith(PATHS.stapleNames) && path !== PATHS.stapleNames;

function repeated(record: Recorded, { path, limit }: Exchange, end: () => void): Reply {
  if ("failed" in record) {
    const { failed } = record;
    if (failed.kind !== "fault") throw new ExchangeError(failed.kind, failed.message);
    if (failed.late) end();
    throw new Fault(failed.code, failed.message, failed.facts);
  }
  const { status, body, date } = record;
  if (!Buffer.isBuffer(body)) return { status, body: Buffer.from(body.token === "usable" ? TOKEN : ""), date };
  // The network has this limit; a file that somebody made has to keep it, too.
  if (body.length > limit) throw new Fault("METADATA_TOO_LARGE", `${path}: over ${limit} bytes`, { path, limit });
  return { status, body, date };
}
