/**
 * This directory examines one call closely: records it, explains it, saves it as a file, and judges it again from the file
 * on any machine. It contains no screen output, and nothing that a login loads. This file records every reply of a running
 * call unchanged.
 */

import { type Exchange, ExchangeError, type ExchangeFailure, exchange, type Reply } from "../metadata/http-exchange.ts";
import { PATHS } from "../metadata/paths.ts";
import { type Facts, Fault } from "../verify/errors.ts";

export interface Asked {
  readonly method: "GET" | "PUT";
  readonly path: string;
  /** The `host:port` that was asked. */
  readonly origin: string;
  readonly at: Date;
  /** From the request to the last byte, or to the failure. */
  readonly milliseconds: number;
}

export interface Replied extends Asked {
  readonly kind: "replied";
  readonly status: number;
  /** The Date header: the other side's clock. */
  readonly date: string | undefined;
  /** As received. For a token, only whether it was usable. */
  readonly body: Buffer | { readonly token: "usable" | "unusable" };
}

export interface Failed extends Asked {
  readonly kind: "failed";
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

/** Wraps `send` and records every exchange. @param now the clock for its times */
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
        records.push({
          kind: "replied",
          ...asked(),
          status: reply.status,
          date: reply.date,
          body: bodyOf(what, reply),
        });
        return reply;
      } catch (error) {
        const failed = failureOf(error, what);
        if (failed !== undefined) records.push({ kind: "failed", ...asked(), failed });
        throw error;
      }
    },
  };
}

/** Returns the body to record. The token is a secret until it expires, so it is never recorded. */
function bodyOf({ path }: Exchange, { body }: Reply): Replied["body"] {
  if (path !== PATHS.token) return body;
  return { token: isToken(body) ? "usable" : "unusable" };
}

/** Checks a token as the client does: whether it can be sent in a header. */
const isToken = (body: Buffer): boolean => /^[\x21-\x7e]+$/.test(body.toString("latin1"));

function failureOf(error: unknown, { signal }: Exchange): Failure | undefined {
  if (error instanceof ExchangeError) return { kind: error.kind, message: error.message };
  if (!(error instanceof Fault)) return undefined;
  const { code, message, facts } = error;
  return { kind: "fault", code, message, facts, late: signal.aborted };
}
