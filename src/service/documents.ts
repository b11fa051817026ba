/** Key documents: the newest ones for two seconds, and who is fetching one just now. One that is missing is not kept. */
import type { Request } from "../core/evidence.ts";
import { absence } from "../core/judge.ts";
import { knownFingerprint } from "../core/sshkey.ts";
import { fetchKeys, type KeyDocument } from "../metadata/gather.ts";
import { PATHS } from "../metadata/paths.ts";
import type { Settings } from "../settings.ts";
import { DOCUMENT_MS, MOST_DOCUMENT_BYTES, MOST_DOCUMENTS } from "./limits.ts";
import { Memory } from "./memory.ts";
import type { Got, Means, Wanting } from "./remembered.ts";
import { SharedFetch } from "./shared-fetch.ts";
import type { KeptTokens } from "./tokens.ts";

export class Documents {
  readonly #settings: Settings;
  readonly #means: Means;
  readonly #tokens: KeptTokens;
  readonly #memory: Memory<Buffer>;
  /** By user, as long as somebody waits or something flies. */
  readonly #fetching = new Map<string, SharedFetch<KeyDocument>>();

  constructor(settings: Settings, means: Means, tokens: KeptTokens) {
    this.#settings = settings;
    this.#means = means;
    this.#tokens = tokens;
    this.#memory = new Memory({ most: MOST_DOCUMENTS, ms: DOCUMENT_MS }, means.clock);
  }

  /** One that is remembered, if the offered key is in it. */
  kept({ user, fingerprint }: Request): Buffer | undefined {
    const kept = this.#memory.get(user);
    return kept !== undefined && mentions(kept.value, fingerprint) ? kept.value : undefined;
  }

  /** One whose fetch begins from now on; or of the fetch that is under way, if the offered key is in it. */
  async fetched({ user, fingerprint }: Request, { signal, afresh }: Wanting): Promise<Got<KeyDocument>> {
    const holds = (document: KeyDocument) => !afresh && "found" in document && mentions(document.found, fingerprint);
    const { value, early } = await this.#fetchingFor(user).join(signal, holds);
    return { value, from: early ? "flight" : "metadata" };
  }

  get size(): number {
    return this.#memory.size;
  }

  #fetchingFor(user: string): SharedFetch<KeyDocument> {
    const known = this.#fetching.get(user);
    if (known !== undefined) return known;
    const fetching = new SharedFetch<KeyDocument>(
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
      await pace.documents.turn(user, signal);
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
const mentions = (document: Buffer, fingerprint: string | undefined): boolean =>
  knownFingerprint(fingerprint) !== undefined && absence(document, { user: "", fingerprint }) === undefined;
