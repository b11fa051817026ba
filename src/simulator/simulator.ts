/** The simulator as one object, for tests and for the command line: clock, authority, pushes, faults and the server. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Authority, startAuthority } from "./authority.ts";
import { type Clock, runningClock } from "./clock.ts";
import { type FaultName, type FaultRule, type Faults, faultRules } from "./faults.ts";
import { answer, found, type MetadataResponse, type MetadataSource, refusal, userIn } from "./imds.ts";
import type { AuthorityOptions } from "./options.ts";
import { checkPattern, matches, userSegment } from "./paths.ts";
import { type Push, type Pushed, pushStore } from "./pushes.ts";
import { type Address, listen } from "./server.ts";
import { type Tables, type WrittenSettings, writeSettings } from "./settings.ts";
import { sessionTokens } from "./tokens.ts";
import { send } from "./wire.ts";

export interface SimulatorOptions {
  /** 127.0.0.1 by default; with `port`, short for `listen`. */
  host?: string;
  /** Any free one by default. */
  port?: number;
  /** Every address to listen on; the first is `endpoint`. */
  listen?: readonly [Address, ...Address[]];
  region?: string;
  domain?: string;
  partition?: string;
  instanceId?: string;
  availabilityZone?: string;
  caller?: string;
  authority?: AuthorityOptions;
  clock?: Clock;
  /** Called for each request as it is answered. */
  onRequest?: (record: RequestRecord) => void;
  onPush?: (pushed: Pushed) => void;
}

export interface RequestRecord {
  readonly method: string;
  /** As on the request line. */
  readonly path: string;
  /** What was sent; 0 where nothing was that has one (hang, reset, garbage). */
  readonly status: number;
  readonly at: Date;
  /** Whose keys were asked for. */
  readonly user?: string;
  readonly fault?: FaultName;
}

type Override = Uint8Array | ((original: Buffer) => Uint8Array);

export interface Simulator {
  readonly endpoint: string;
  readonly endpoints: readonly string[];
  readonly instanceId: string;
  readonly region: string;
  readonly domain: string;
  readonly clock: Clock;
  readonly authority: Authority;
  readonly faults: Faults;
  readonly requests: RequestRecord[];
  push(push: Push): Pushed;
  /** Everything that is live now. */
  pushes(): Pushed[];
  /** What a path serves from now on, instead of its value or its 404; a token is still needed. Without a body: as it was. */
  override(path: string, body?: Override): void;
  /** The key document as served now; empty where none is. */
  document(user: string): Buffer;
  /** Writes config.toml and anchors.pem for the agent; `more` adds or replaces settings. */
  writeSettings(folder: string, more?: Tables): Promise<WrittenSettings>;
  close(): Promise<void>;
}

export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { region = "us-east-1", domain = "amazonaws.com", partition = "aws", clock = runningClock() } = options;
  const { instanceId = "i-0abcdef1234567890", availabilityZone = `${region}a` } = options;
  const caller = options.caller ?? `arn:${partition}:sts::111122223333:assumed-role/Simulated/session`;
  const authority = await startAuthority(`managed-ssh-signer.${region}.${domain}`, clock, options.authority);
  const store = pushStore({ instanceId, caller }, clock, () => authority.signerKey, authority.signDocument);
  const place = { instanceId, availabilityZone, region, domain, partition };
  const source: MetadataSource = { ...place, tokens: sessionTokens(), document: store.document, authority };
  const faults = faultRules();
  const overrides = new Map<string, Override>();
  const requests: RequestRecord[] = [];

  function handle(incoming: IncomingMessage, out: ServerResponse): void {
    incoming.resume();
    const { method = "", url = "" } = incoming;
    const now = clock.now();
    const redirected = url.startsWith(REDIRECTED);
    const path = redirected ? url.slice(REDIRECTED.length) : url;
    // Who follows a redirect gets the proper answer, and is seen to have followed.
    const rule = redirected ? undefined : faults.take(path);
    const proper = overridden(path, answer({ method, path, headers: incoming.headers }, source, now), overrides, now);
    const response = withStatus(proper, rule, path, now);
    const user = userIn(userSegment(path) ?? "");
    const record: RequestRecord = {
      ...{ method, path: url, at: now, status: UNANSWERED.has(rule?.fault) ? 0 : response.status },
      ...(user === undefined ? {} : { user }),
      ...(rule === undefined ? {} : { fault: rule.fault }),
    };
    requests.push(record);
    options.onRequest?.(record);
    // What cannot be sent (a path that fits into no header) ends the connection and not the simulator.
    send(out, response, rule).catch(() => out.destroy());
  }

  const { host = "127.0.0.1", port = 0 } = options;
  const listening = await listen(options.listen ?? [{ host, port }], handle);
  const [endpoint] = listening.endpoints;
  return {
    ...{ endpoint, endpoints: listening.endpoints, instanceId, region, domain, clock, authority, faults, requests },
    push(push) {
      const pushed = store.push(push);
      options.onPush?.(pushed);
      return pushed;
    },
    pushes: store.live,
    override(path, body) {
      if (body === undefined) overrides.delete(checkPattern(path));
      else overrides.set(checkPattern(path), body);
    },
    document: (user) => store.document(user) ?? Buffer.alloc(0),
    writeSettings: (folder, more) =>
      writeSettings(folder, { endpoint, instanceId, anchorsPem: authority.anchorsPem }, more),
    close: listening.close,
  };
}

const REDIRECTED = "/redirected";
const UNANSWERED = new Set<FaultName | undefined>(["hang", "reset", "garbage"]);

function overridden(path: string, response: MetadataResponse, overrides: Map<string, Override>, now: Date) {
  if (response.status !== 200 && response.status !== 404) return response;
  const [, body] = [...overrides].find(([pattern]) => matches(pattern, path)) ?? [];
  if (body === undefined) return response;
  const original = response.status === 200 ? response.body : Buffer.alloc(0);
  return found(Buffer.from(typeof body === "function" ? body(original) : body), now);
}

/** Faults that are another answer, and no way of sending it. */
function withStatus(response: MetadataResponse, rule: FaultRule | undefined, path: string, now: Date) {
  if (rule === undefined) return response;
  if (/^\d+$/.test(rule.fault)) return refusal(Number(rule.fault), now);
  if (rule.fault !== "redirect") return response;
  const moved = refusal(302, now);
  return { ...moved, headers: { ...moved.headers, location: `${REDIRECTED}${path}` } };
}
