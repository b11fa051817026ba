/** Key documents: the newest ones for two seconds, and the fetches under way. A missing document is not kept. */

import { MetadataDisabled } from "../../metadata/client.ts";
import { fetchKeyDocument, type KeyDocument } from "../../metadata/fetch.ts";
import type { Request } from "../../verify/evidence.ts";
import { normalizeFingerprint } from "../../verify/ssh/authorized-key.ts";
import { noKeyReason } from "../../verify/verifier.ts";
import { DOCUMENT_TTL_MS, MAX_DOCUMENT_BYTES, MAX_DOCUMENTS } from "../limits.ts";
import type { CacheOptions, Lookup, LookupOptions } from "./contract.ts";
import { SingleFlight } from "./single-flight.ts";
import { TtlCache } from "./ttl-cache.ts";

export class DocumentCache {
  readonly #options: CacheOptions;
  readonly #documents: TtlCache<Buffer>;
  /** By user, while a call waits or a fetch is in flight. */
  readonly #flights = new Map<string, SingleFlight<KeyDocument>>();

  constructor(options: CacheOptions) {
    this.#options = options;
    this.#documents = new TtlCache({ maxEntries: MAX_DOCUMENTS, ttlMs: DOCUMENT_TTL_MS }, options.clock);
  }

  /** Returns the user's key document: the cached one if it contains the offered key, or else that of a fetch. */
  async lookup(request: Request, options: LookupOptions): Promise<Lookup<KeyDocument>> {
    const cached = options.bypassCache ? undefined : this.cached(request);
    if (cached !== undefined) return { value: { found: cached }, from: "cache" };
    try {
      // A step of its own, although the fetch itself gets the token again, from its cache. A fetch that has not started is
      // shared with all calls that wait for it, and so is its failure; but a failure to get a token must not be shared with
      // calls that arrived after the token was requested. Here, the token cache decides which calls it is shared with.
      await this.#options.tokens.token(options.signal);
    } catch (error) {
      if (error instanceof MetadataDisabled) return { value: { none: "metadata-off" }, from: "metadata" };
      throw error;
    }
    return this.#fetchShared(request, options);
  }

  /** Returns a cached document if it contains the offered key. */
  cached({ user, fingerprint }: Request): Buffer | undefined {
    const document = this.#documents.get(user)?.value;
    return document !== undefined && containsKey(document, fingerprint) ? document : undefined;
  }

  get size(): number {
    return this.#documents.size;
  }

  /** Returns the document of a fetch that starts from now on; or of the fetch in flight, if it contains the offered key. */
  async #fetchShared(
    { user, fingerprint }: Request,
    { signal, bypassCache }: LookupOptions,
  ): Promise<Lookup<KeyDocument>> {
    const acceptsInFlight = (document: KeyDocument) =>
      !bypassCache && "found" in document && containsKey(document.found, fingerprint);
    const { value, startedBefore } = await this.#flightFor(user).join(signal, acceptsInFlight);
    return { value, from: startedBefore ? "in-flight" : "metadata" };
  }

  #flightFor(user: string): SingleFlight<KeyDocument> {
    const known = this.#flights.get(user);
    if (known !== undefined) return known;
    const flight = new SingleFlight<KeyDocument>(
      (started, signal) => this.#fetch(user, started, signal),
      () => this.#flights.delete(user),
    );
    this.#flights.set(user, flight);
    return flight;
  }

  async #fetch(user: string, started: () => void, signal: AbortSignal): Promise<KeyDocument> {
    const { settings, clock, metadata, tokens, rateLimiter } = this.#options;
    const client = metadata.client({ settings, tokens, signal });
    let startedAt: number | undefined;
    const beforeAttempt = async () => {
      // Each attempt waits for its turn. The fetch starts with the turn of the first one.
      await rateLimiter.acquire(user, signal);
      if (startedAt !== undefined) return;
      started();
      startedAt = clock.monotonic();
    };
    const document = await fetchKeyDocument(client, user, { beforeAttempt });
    if ("found" in document && document.found.length <= MAX_DOCUMENT_BYTES && startedAt !== undefined) {
      this.#documents.set(user, document.found, startedAt);
    }
    return document;
  }
}

/** Only a key that sshd names can be found in a document: false without a fingerprint, or with one of an unknown kind. */
const containsKey = (document: Buffer, fingerprint: string | undefined): boolean =>
  normalizeFingerprint(fingerprint) !== undefined && noKeyReason(document, { user: "", fingerprint }) === undefined;
