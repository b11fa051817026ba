/**
 * Asks the metadata service for the same values as a login, and measures the time; each separately, so that no Fault hides
 * another.
 */

import { MetadataClient } from "../../metadata/client.ts";
import { fetchStaples, fetchText, fetchValue, LIMIT, type StapleSelector, stapleNames } from "../../metadata/fetch.ts";
import { ExchangeError, exchange, type Origin } from "../../metadata/http-exchange.ts";
import { PATHS } from "../../metadata/paths.ts";
import type { Settings } from "../../settings/defaults.ts";
import { CONNECT_MS, REQUEST_MS, SOCKETS } from "../../settings/limits.ts";
import { Fault } from "../../verify/errors.ts";
import type { Rules, SignerEvidence } from "../../verify/evidence.ts";
import { SignerValidator } from "../../verify/signer-validator.ts";
import type { ClockFacts } from "../check/clock-skew.ts";
import type { MetadataFacts, Probe } from "../check/metadata.ts";
import type { SignerFacts } from "../check/signer.ts";
import type { Result } from "../finding.ts";

/** Milliseconds for all requests: if the service does not answer, each value waits for its timeout. */
const ALL_MS = 20_000;

export interface Asked {
  readonly metadata: Omit<MetadataFacts, "instanceId">;
  readonly clock: ClockFacts | undefined;
  /** Undefined without a token. */
  readonly signer: SignerFacts | undefined;
}

/**
 * Asks for everything that a login fetches.
 * @param rules undefined if the anchors cannot be read
 */
export async function askMetadata(settings: Settings, rules: Rules | undefined): Promise<Asked> {
  const signal = AbortSignal.timeout(ALL_MS);
  const { origins, deadlineMs } = settings;
  // The default has two origins.
  const named = origins.length === 1;
  const asked: { probe: Probe; clock: ClockFacts | undefined }[] = [];
  for (const origin of origins) asked.push(await probe(origin, settings, signal));
  const probes = asked.map((one) => one.probe);
  const clock = asked.find((one) => one.clock !== undefined)?.clock;

  const client = new MetadataClient({
    origins,
    connectMs: CONNECT_MS,
    requestMs: REQUEST_MS,
    sockets: SOCKETS,
    signal,
  });
  try {
    const begun = performance.now();
    const instanceId = await got(fetchText(client, PATHS.instanceId));
    const token = tokenOf(instanceId);
    if (token.kind === "fault" || token.value === "turned-off") {
      return { metadata: { probes, named, deadlineMs, token, values: undefined }, clock, signer: undefined };
    }
    const [region, domain, certificates, names] = await Promise.all([
      got(fetchText(client, PATHS.region)),
      got(fetchText(client, PATHS.domain)),
      got(fetchValue(client, PATHS.signer, LIMIT.signer)),
      got(fetchValue(client, PATHS.stapleNames, LIMIT.stapleNames).then(stapleNames)),
    ]);
    const staples = await staplesFor({ region, domain, certificates, names }, rules, client);
    const ms = Math.round(performance.now() - begun);
    const values = { instanceId, region, domain, ms };
    const signer = { region, domain, certificates, staples, rules, now: new Date() };
    return { metadata: { probes, named, deadlineMs, token, values }, clock, signer };
  } finally {
    client.close();
  }
}

/** Sends one token request to one address, independent of all others. */
async function probe(
  origin: Origin,
  { clockSkewSeconds }: Settings,
  signal: AbortSignal,
): Promise<{ probe: Probe; clock: ClockFacts | undefined }> {
  const http = process.getBuiltinModule("node:http");
  const agent = new http.Agent();
  const family = origin.host.includes(":") ? "IPv6" : "IPv4";
  const about = { family, address: origin.host } as const;
  const begun = Date.now();
  const start = performance.now();
  try {
    const { status, date } = await exchange(http, {
      origin,
      agent,
      signal,
      method: "PUT",
      path: PATHS.token,
      limit: LIMIT.stapleNames,
      headers: { "X-aws-ec2-metadata-token-ttl-seconds": "1", "Content-Length": "0" },
      connectMs: CONNECT_MS,
      totalMs: REQUEST_MS,
    });
    const took = performance.now() - start;
    const service = new Date(date ?? "");
    const clock = {
      service: Number.isNaN(service.getTime()) ? undefined : service,
      here: new Date(begun + took / 2),
      skewSeconds: clockSkewSeconds,
    };
    return { probe: { ...about, outcome: { kind: "replied", status, ms: Math.round(took) } }, clock };
  } catch (error) {
    return { probe: { ...about, outcome: outcomeOf(error) }, clock: undefined };
  } finally {
    agent.destroy();
  }
}

function outcomeOf(error: unknown): Probe["outcome"] {
  if (error instanceof ExchangeError && error.kind !== "broken") return { kind: "unconnected", what: error.message };
  if (error instanceof Fault && error.code === "METADATA_TIMEOUT") return { kind: "no-reply" };
  if (error instanceof Error) return { kind: "broken", what: error.message };
  throw error;
}

/** Turns a Fault into a value, including the 403 that says that the service is off; `fetchValue` identifies its request. */
async function got<T>(wanted: Promise<T>): Promise<Result<T>> {
  try {
    return { kind: "value", value: await wanted };
  } catch (error) {
    if (error instanceof Fault) return { kind: "fault", fault: error };
    throw error;
  }
}

/**
 * Returns the token's result. Every fetch begins with the token, so a failure of the first value at the token's path is the
 * token's.
 */
function tokenOf(first: Result<unknown>): MetadataFacts["token"] {
  if (first.kind === "value" || first.fault.facts.path === PATHS.instanceId) return { kind: "value", value: "given" };
  if (first.fault.facts.path === PATHS.token && first.fault.facts.status === 403)
    return { kind: "value", value: "turned-off" };
  return first;
}

type Served = Pick<SignerFacts, "region" | "domain" | "certificates"> & { readonly names: Result<string[]> };

/** Fetches as many staples as a login would; none if the name or the chain to select them for is missing. */
async function staplesFor(
  { region, domain, certificates, names }: Served,
  rules: Rules | undefined,
  client: MetadataClient,
): Promise<SignerFacts["staples"]> {
  if (names.kind === "fault") return names;
  if (region.kind === "fault" || domain.kind === "fault" || certificates.kind === "fault" || rules === undefined)
    return { kind: "value", value: [] };
  const evidence: SignerEvidence = {
    region: region.value,
    domain: domain.value,
    certificates: certificates.value,
    staples: [],
  };
  const validator = new SignerValidator(rules);
  const selectStaples: StapleSelector<SignerEvidence> = async (fetched, listed) =>
    validator.selectStaples(fetched, listed, new Date());
  const { staples } = await fetchStaples(client, evidence, names.value, selectStaples);
  return { kind: "value", value: staples };
}
