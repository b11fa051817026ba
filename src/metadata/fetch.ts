/** Fetches the evidence: which values, in which order, and which in parallel. Replies are returned unverified. */
import { Fault } from "../verify/errors.ts";
import type { Evidence, FetchedStaple } from "../verify/evidence.ts";
import { type MetadataClient, MetadataDisabled, SMALL_VALUE, statusFault } from "./client.ts";
import { isSegment, PATHS } from "./paths.ts";
import { ATTEMPTS } from "./retry.ts";

/** Maximum bytes. */
export const LIMIT = { keys: 1024 * 1024, signer: 256 * 1024, staple: 16 * 1024, stapleNames: 16 * 1024 } as const;
/** Maximum staples in the list of the metadata service. */
const MAX_STAPLES = 64;

/** The user's key document, or why there is none. `no-user`: the text cannot be a user name, so no request was made. */
export type KeyDocument = { readonly found: Buffer } | { readonly none: "no-user" | "no-keys" | "metadata-off" };

/** The part of a client that is used here. */
export type Source = Pick<MetadataClient, "get" | "ended">;

/** Makes the first two requests of every call; most calls need no others. */
export async function fetchKeys(client: Source, user: string): Promise<KeyDocument> {
  if (!isSegment(user)) return { none: "no-user" };
  const path = PATHS.keys(user);
  try {
    const { status, body } = await client.get(path, LIMIT.keys);
    if (status === 404) return { none: "no-keys" };
    if (status !== 200) throw statusFault(path, status);
    return { found: body };
  } catch (error) {
    if (error instanceof MetadataDisabled) return { none: "metadata-off" };
    throw error;
  }
}

/** Returns the staples that are still needed after those already fetched. An empty list ends the fetching. */
export type StapleSelector = (evidence: Evidence, names: readonly string[]) => Promise<readonly string[]>;

/** Fetches everything else that the verification needs: the values in parallel, then as many staples as necessary. */
export async function fetchSignerEvidence(client: Source, keys: Uint8Array, plan: StapleSelector): Promise<Evidence> {
  const [instanceId, region, domain, certificates, list] = await Promise.all([
    fetchText(client, PATHS.instanceId),
    fetchText(client, PATHS.region),
    fetchText(client, PATHS.domain),
    fetchValue(client, PATHS.signer, LIMIT.signer),
    fetchValue(client, PATHS.stapleNames, LIMIT.stapleNames),
  ]);
  const names = stapleNames(list);
  let evidence: Evidence = { keys, instanceId, region, domain, certificates, staples: [] };
  for (let wanted = await plan(evidence, names); wanted.length > 0; wanted = await plan(evidence, names)) {
    const fetched = await Promise.all(wanted.map((name) => fetchStaple(client, name)));
    evidence = { ...evidence, staples: [...evidence.staples, ...fetched] };
  }
  return evidence;
}

export async function fetchValue(client: Source, path: string, limit: number, most?: number): Promise<Buffer> {
  try {
    const { status, body } = await client.get(path, limit, most);
    if (status === 200) return body;
    throw statusFault(path, status);
  } catch (error) {
    // The metadata service was turned off during the call, after it served keys: no further proof can be fetched.
    throw error instanceof MetadataDisabled ? statusFault(PATHS.token, 403) : error;
  }
}

/** Fetches a value of one line. A final newline is not part of it. */
export async function fetchText(client: Source, path: string): Promise<string> {
  return (await fetchValue(client, path, SMALL_VALUE)).toString("latin1").replace(/\n$/, "");
}

export function stapleNames(list: Buffer): string[] {
  const path = PATHS.stapleNames;
  const names = [
    ...new Set(
      list
        .toString("utf8")
        .split("\n")
        .map((line) => line.trim()),
    ),
  ].filter((name) => name !== "");
  if (names.length > MAX_STAPLES)
    throw new Fault("METADATA_TOO_LARGE", `${path}: over ${MAX_STAPLES} staples`, { path });
  const bad = names.find((name) => !isSegment(name));
  if (bad !== undefined) throw new Fault("METADATA_MALFORMED", `${path}: invalid staple name`, { path });
  return names;
}

/** Fetches a staple. On failure it is absent, as its certificate may not need it; after the deadline, this throws. */
export async function fetchStaple(client: Source, name: string): Promise<FetchedStaple> {
  try {
    return { name, body: await fetchValue(client, PATHS.staple(name), LIMIT.staple, ATTEMPTS.staple) };
  } catch (error) {
    if (!(error instanceof Fault) || client.ended) throw error;
    return { name, failed: error.message };
  }
}
