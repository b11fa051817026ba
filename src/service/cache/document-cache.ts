/** Key documents: the newest ones for two seconds, and who is fetching one just now. One that is missing is not kept. */

import { fetchKeys, type KeyDocument } from "../../metadata/fetch.ts";
import { PATHS } from "../../metadata/paths.ts";
import type { Settings } from "../../settings.ts";
import type { Request } from "../../verify/evidence.ts";
import { normalizeFingerprint } from "../../verify/ssh/authorized-key.ts";
import { noKeyReason } from "../../verify/verifier.ts";
import { DOCUMENT_TTL_MS, MOST_DOCUMENT_BYTES, MOST_DOCUMENTS } from "../limits.ts";
import type { CacheDependencies, Lookup, Wanting } from "./caches.ts";
import { SingleFlight } from "./single-flight.ts";
import type { KeptTokens } from "./token-cache.ts";
import { Memory } from "./ttl-cache.ts";

export class Documents {
  readonly #settings: Settings;
  readonly #means: CacheDependencies;
  readonly #tokens: KeptTokens;
  readonly #memory: Memory<Buffer>;
  /** By user, as long as somebody waits or something flies. */
  readonly #fetching = new Map<string, SingleFlight<KeyDocument>>();

  constructor(settings: Settings, means: CacheDependencies, tokens: KeptTokens) {
    this.#settings = settings;
    this.#means = means;
    this.#tokens = tokens;
    this.#memory = new Memory({ most: MOST_DOCUMENTS, ms: DOCUMENT_TTL_MS }, means.clock);
  }

  /** One that is remembered, if the offered key is in it. */
  kept({ user, fingerprint }: Request): Buffer | undefined {
    const kept = this.#memory.get(user);
    return kept !== undefined && containsKey(kept.value, fingerprint) ? kept.value : undefined;
  }

  /** One whose fetch begins from now on; or of the fetch that is under way, if the offered key is in it. */
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
    const { clock, metadata, pace } = this.#means;
    let since: number | undefined;
    const before = async (path: string) => {
      if (path === PATHS.token) return;
      // A second attempt takes a turn, too.
      await pace.documents.acquire(user, signal);
      if (since === undefined) begun();
      since ??= clock.monotonic();
    };
    const client = metadata.client({ settings: this.#settings, tokens: this.#tokens, signal, before });
    const document = await fetchKeys(client, user);
    if ("found" in document && document.found.length <= MOST_DOCUMENT_BYTES && since !== undefined) {
      this.#memory.set(user, document.found, since);
    }
    return document;
  }
}

/** Only a key that sshd names can be known to be in a document: without a name, or with an unknown kind of one, none is. */
const containsKey = (document: Buffer, fingerprint: string | undefined): boolean =>
  normalizeFingerprint(fingerprint) !== undefined && noKeyReason(document, { user: "", fingerprint }) === undefined;
