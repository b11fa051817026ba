/** Key documents: the newest ones for two seconds, and the fetches under way. A missing document is not kept. */

import { fetchKeys, type KeyDocument } from "../../metadata/fetch.ts";
import { PATHS } from "../../metadata/paths.ts";
import type { Settings } from "../../settings.ts";
import type { Request } from "../../verify/evidence.ts";
import { normalizeFingerprint } from "../../verify/ssh/authorized-key.ts";
import { noKeyReason } from "../../verify/verifier.ts";
import { DOCUMENT_TTL_MS, MAX_DOCUMENT_BYTES, MAX_DOCUMENTS } from "../limits.ts";
import type { CacheDependencies, Lookup, Wanting } from "./caches.ts";
import { SingleFlight } from "./single-flight.ts";
import type { KeptTokens } from "./token-cache.ts";
import { Memory } from "./ttl-cache.ts";

export class Documents {
  readonly #settings: Settings;
  readonly #means: CacheDependencies;
  readonly #tokens: KeptTokens;
  readonly #memory: Memory<Buffer>;
  /** By user, while a caller waits or a fetch is in flight. */
  readonly #fetching = new Map<string, SingleFlight<KeyDocument>>();

  constructor(settings: Settings, means: CacheDependencies, tokens: KeptTokens) {
    this.#settings = settings;
    this.#means = means;
    this.#tokens = tokens;
    this.#memory = new Memory({ most: MAX_DOCUMENTS, ms: DOCUMENT_TTL_MS }, means.clock);
  }

  /** Returns a cached document if it contains the offered key. */
  kept({ user, fingerprint }: Request): Buffer | undefined {
    const kept = this.#memory.get(user);
    return kept !== undefined && containsKey(kept.value, fingerprint) ? kept.value : undefined;
  }

  /** Returns the document of a fetch that begins from now on; or of the fetch under way, if it contains the offered key. */
  async fetched({ user, fingerprint }: Request, { signal, afresh }: Wanting): Promise<Lookup<KeyDocument>> {
    const holds = (document: KeyDocument) => !afresh && "found" in document && containsKey(document.found, fingerprint);
    const { value, early } = await this.#fetchingFor(user).join(signal, holds);
    return { value, from: early ? "flight" : "metadata" };
  }

  get size(): number {
    return this.#memory.size;
  }

  #fetchingFor(user: string): SingleFlight<KeyDocument> {
    const known = this.#fetching.get(user);
    if (known !== undefined) return known;
    const fetching = new SingleFlight<KeyDocument>(
      (begun, signal) => this.#fetch(user, begun, signal),
      () => this.#fetching.delete(user),
    );
    this.#fetching.set(user, fetching);
    return fetching;
  }

  async #fetch(user: string, begun: () => void, signal: AbortSignal): Promise<KeyDocument> {
    const { clock, metadata, rateLimiters } = this.#means;
    let since: number | undefined;
    const before = async (path: string) => {
      if (path === PATHS.token) return;
      // A second attempt waits for a turn, too.
      await rateLimiters.documents.acquire(user, signal);
      if (since === undefined) begun();
      since ??= clock.monotonic();
    };
    const client = metadata.client({ settings: this.#settings, tokens: this.#tokens, signal, before });
    const document = await fetchKeys(client, user);
    if ("found" in document && document.found.length <= MAX_DOCUMENT_BYTES && since !== undefined) {
      this.#memory.set(user, document.found, since);
    }
    return document;
  }
}

/** Only a key that sshd names can be found in a document: false without a fingerprint, or with one of an unknown kind. */
const containsKey = (document: Buffer, fingerprint: string | undefined): boolean =>
  normalizeFingerprint(fingerprint) !== undefined && noKeyReason(document, { user: "", fingerprint }) === undefined;
