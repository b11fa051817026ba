/**
 * The room where one call is looked at closely: recorded, explained, kept as a file, and judged again from it anywhere.
 * No screen here, and nothing that a login loads. This file: every reply as it came, written down while a call runs.
 */

import { type Exchange, ExchangeError, type ExchangeFailure, exchange, type Reply } from "../metadata/http-exchange.ts";
import { PATHS } from "../metadata/paths.ts";
import { type Facts, Fault } from "../verify/errors.ts";

export interface Asked {
  readonly method: "GET" | "PUT";
  readonly path: string;
  /** `host:port` that was asked. */
  readonly origin: string;
  readonly at: Date;
  /** From the request to the last byte, or to the failure. */
  readonly milliseconds: number;
}

export interface Replied extends Asked {
  readonly status: number;
  /** The Date header: what the other side's clock said. */
  readonly date: string | undefined;
  /** As received. Of a token, only whether it was one. */
  readonly body: Buffer | { readonly token: "usable" | "unusable" };
}

export interface Failed extends Asked {
  readonly failed: Failure;
}

export type Failure =
  | { readonly kind: ExchangeFailure; readonly message: string }
  | {
      readonly kind: "fault";
      readonly code: Fault["code"];
      readonly message: string;
      readonly facts: Facts;
      /** Whether the deadline of the whole call had passed. */
      readonly late: boolean;
    };

export type Recorded = Replied | Failed;

type Send = typeof exchange;

/** Writes down every exchange; otherwise the same. @param now the clock that its times are read from */
export function recorder(
  now: () => Date,
  send: Send = exchange,
): { readonly records: Recorded[]; readonly send: Send } {
  const records: Recorded[] = [];
  return {
    records,
    send: async (http, what) => {
      const at = now();
      const start = performance.now();
      const asked = (): Asked => {
        const { method, path, origin } = what;
        const host = origin.host.includes(":") ? `[${origin.host}]` : origin.host;
        const milliseconds = Math.round((performance.now() - start) * 10) / 10;
        return { method, path, origin: `${host}:${origin.port}`, at, milliseconds };
      };
      try {
        const reply = await send(http, what);
        records.push({ ...asked(), status: reply.status, date: reply.date, body: bodyOf(what, reply) });
        return reply;
      } catch (error) {
        const failed = failureOf(error, what);
        if (failed !== undefined) records.push({ ...asked(), failed });
        throw error;
      }
    },
  };
}

/** The token is a secret for as long as it lives: it is not kept, whatever is. */
function bodyOf({ path }: Exchange, { body }: Reply): Replied["body"] {
  if (path !== PATHS.token) return body;
  return { token: isToken(body) ? "usable" : "unusable" };
}

/** As the client sees it: what can go out again in a header. */
const isToken = (body: Buffer): boolean => /^[\x21-\x7e]+$/.test(body.toString("latin1"));

function failureOf(error: unknown, { signal }: Exchange): Failure | undefined {
  if (error instanceof ExchangeError) return { kind: error.kind, message: error.message };
  if (!(error instanceof Fault)) return undefined;
  const { code, message, facts } = error;
  return { kind: "fault", code, message, facts, late: signal.aborted };
}
