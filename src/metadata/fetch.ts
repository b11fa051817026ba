/** Fetches the evidence: which values, in which order, and which in parallel. Replies are returned unverified. */
import { Fault } from "../verify/errors.ts";
import type { FetchedSignerEvidence, FetchedStaple, SignerEvidence } from "../verify/evidence.ts";
import { type GetOptions, type MetadataClient, MetadataDisabled, SMALL_VALUE, statusFault } from "./client.ts";
import { isSegment, PATHS } from "./paths.ts";
import { ATTEMPTS } from "./retry.ts";

/** Maximum bytes. */
export const LIMIT = { keys: 1024 * 1024, signer: 256 * 1024, staple: 16 * 1024, stapleNames: 16 * 1024 } as const;
/** Maximum staples in the list of the metadata service. */
const MAX_STAPLES = 64;

/** The user's key document, or why there is none. `no-user`: the text cannot be a user name, so no request was made. */
export type KeyDocument = { readonly found: Buffer } | { readonly none: "no-user" | "no-keys" | "metadata-off" };

/** The part of a client that is used here. */
export type MetadataSource = Pick<MetadataClient, "get" | "ended">;

/**
 * Makes the first two requests of every call, for the token and for the user's document; most calls need no others.
 * @param options for the request of the document
 */
export async function fetchKeyDocument(
  client: MetadataSource,
  user: string,
  options?: GetOptions,
): Promise<KeyDocument> {
  if (!isSegment(user)) return { none: "no-user" };
  const path = PATHS.keys(user);
  try {
    const { status, body } = await client.get(path, LIMIT.keys, options);
    if (status === 404) return { none: "no-keys" };
    if (status !== 200) throw statusFault(path, status);
    return { found: body };
  } catch (error) {
    if (error instanceof MetadataDisabled) return { none: "metadata-off" };
    throw error;
  }
}

/** Returns the names of staples that are needed in addition to those fetched so far. An empty list ends the fetching. */
export type StapleSelector<E extends SignerEvidence = FetchedSignerEvidence> = (
  fetched: E,
  names: readonly string[],
) => Promise<readonly string[]>;

/**
 * Fetches everything that the verification needs in addition to the key document: the values in parallel, then as many
 * staples as necessary. It does not depend on the user.
 */
export async function fetchSignerEvidence(
  client: MetadataSource,
  selectStaples: StapleSelector,
): Promise<FetchedSignerEvidence> {
  const [instanceId, region, domain, certificates, list] = await Promise.all([
    fetchText(client, PATHS.instanceId),
    fetchText(client, PATHS.region),
    fetchText(client, PATHS.domain),
    fetchValue(client, PATHS.signer, LIMIT.signer),
    fetchValue(client, PATHS.stapleNames, LIMIT.stapleNames),
  ]);
  const names = stapleNames(list);
  const evidence: FetchedSignerEvidence = { instanceId, region, domain, certificates, staples: [] };
  return fetchStaples(client, evidence, names, selectStaples);
}

/**
 * Fetches staples until no further one is selected.
 * @param evidence everything that was fetched before them
 * @param names the list of the metadata service
 * @returns the evidence with the staples
 */
export async function fetchStaples<E extends SignerEvidence>(
  client: MetadataSource,
  evidence: E,
  names: readonly string[],
  selectStaples: StapleSelector<E>,
): Promise<E> {
  for (let fetched = evidence; ; ) {
    const selected = await selectStaples(fetched, names);
    if (selected.length === 0) return fetched;
    const staples = await Promise.all(selected.map((name) => fetchStaple(client, name)));
    fetched = { ...fetched, staples: [...fetched.staples, ...staples] };
  }
}

/** Fetches a value. @throws Fault, also for every status but 200 */
export async function fetchValue(
  client: MetadataSource,
  path: string,
  limit: number,
  options?: GetOptions,
): Promise<Buffer> {
  try {
    const { status, body } = await client.get(path, limit, options);
    if (status === 200) return body;
    throw statusFault(path, status);
  } catch (error) {
    // The metadata service was turned off during the call, after it served keys: no further proof can be fetched.
    throw error instanceof MetadataDisabled ? statusFault(PATHS.token, 403) : error;
  }
}

/** Fetches a value of one line. A final newline is not part of it. */
export async function fetchText(client: MetadataSource, path: string): Promise<string> {
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
async function fetchStaple(client: MetadataSource, name: string): Promise<FetchedStaple> {
  try {
    return { name, body: await fetchValue(client, PATHS.staple(name), LIMIT.staple, { maxAttempts: ATTEMPTS.staple }) };
  } catch (error) {
    if (!(error instanceof Fault) || client.ended) throw error;
    return { name, failed: error.message };
  }
}
