/** HTTP server of one instance's metadata service: answers from imds.ts, with overrides and faults, and reports requests. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../clock.ts";
import { type AnyFault, type FaultRule, type Faults, headersOf, statusOf, UNANSWERED } from "../faults.ts";
import { checkPattern, isApiPattern, isEc2Pattern, matches, userSegment } from "../paths.ts";
import { present } from "../present.ts";
import { type Address, type Listening, listen } from "../server.ts";
import { send } from "./fault-injection-http.ts";
import { answer, found, type MetadataResponse, type MetadataSource, refusal, userIn } from "./imds.ts";

export interface RequestRecord {
  readonly method: string;
  /** As on the request line. */
  readonly path: string;
  /** The status that was sent; 0 if none was (hang, reset, garbage). */
  readonly status: number;
  readonly at: Date;
  /** The user whose keys were requested. */
  readonly user?: string;
  readonly fault?: AnyFault;
  /** Id of the instance, unless it is the first. */
  readonly instanceId?: string;
}

export type Override = Uint8Array | ((original: Buffer) => Uint8Array);

/** Bodies that are served instead of a path's value or its 404, by path. */
export interface Overrides extends Map<string, Override> {}

/** @throws Error for a path that the metadata service cannot have */
export function setOverride(overrides: Overrides, path: string, body?: Override): void {
  if (isApiPattern(path) || isEc2Pattern(path)) throw new Error(`${path} is not a path of the metadata service`);
  if (body === undefined) overrides.delete(checkPattern(path));
  else overrides.set(checkPattern(path), body);
}

export interface MetadataOptions {
  readonly addresses: readonly [Address, ...Address[]];
  /** Host in its endpoints, instead of its addresses. */
  readonly advertise?: string | undefined;
  readonly source: MetadataSource;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly overrides: Overrides;
  onRequest(record: RequestRecord): void;
}

export function serveMetadata(options: MetadataOptions): Promise<Listening> {
  const { source, clock, faults, overrides, onRequest } = options;

  function handle(incoming: IncomingMessage, out: ServerResponse): void {
    incoming.resume();
    const { method = "", url = "" } = incoming;
    const now = clock.now();
    const redirected = url.startsWith(REDIRECTED);
    const path = redirected ? url.slice(REDIRECTED.length) : url;
    // A client that follows the redirect gets the proper answer; the recorded path shows that it did.
    const rule = redirected ? undefined : faults.take(path);
    const proper = overridden(path, answer({ method, path, headers: incoming.headers }, source, now), overrides, now);
    const response = withStatus(proper, rule, path, now);
    const user = userIn(userSegment(path) ?? "");
    onRequest(
      present({
        method,
        path: url,
        at: now,
        status: UNANSWERED.has(rule?.fault) ? 0 : response.status,
        user,
        fault: rule?.fault,
      }),
    );
    // An answer that cannot be sent (a path that is invalid in a header) ends the connection, not the simulator.
    send(out, response, rule).catch(() => out.destroy());
  }

  return listen(options.addresses, handle, { advertise: options.advertise });
}

const REDIRECTED = "/redirected";

function overridden(path: string, response: MetadataResponse, overrides: Overrides, now: Date): MetadataResponse {
  if (response.status !== 200 && response.status !== 404) return response;
  const [, body] = [...overrides].find(([pattern]) => matches(pattern, path)) ?? [];
  if (body === undefined) return response;
  const original = response.status === 200 ? response.body : Buffer.alloc(0);
  return found(Buffer.from(typeof body === "function" ? body(original) : body), now);
}

/** Applies those faults that change the answer, not the way of sending it. */
function withStatus(response: MetadataResponse, rule: FaultRule | undefined, path: string, now: Date) {
  if (rule === undefined) return response;
  const status = statusOf(rule.fault);
  if (status !== undefined) {
    const page = refusal(status, now);
    return { ...page, headers: { ...page.headers, ...headersOf(rule) } };
  }
  if (rule.fault !== "redirect") return response;
  const moved = refusal(302, now);
  return { ...moved, headers: { ...moved.headers, location: `${REDIRECTED}${path}` } };
}
