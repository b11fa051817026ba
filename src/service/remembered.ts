/**
 * What is remembered under one configuration: the token, the proven signer, key documents. Nothing that says "no" is
 * ever kept: no missing document, no failure, no verdict.
 */
import type { Request } from "../core/evidence.ts";
import { TokenRefused } from "../metadata/client.ts";
import type { KeyDocument, StaplePlan } from "../metadata/gather.ts";
import type { Settings } from "../settings.ts";
import type { Clock } from "./clock.ts";
import type { Source } from "./counters.ts";
import { Documents } from "./documents.ts";
import type { Metadata } from "./metadata.ts";
import type { Pace } from "./pace.ts";
import { Signers, type Surroundings } from "./signers.ts";
import { asking, KeptTokens, NEVER } from "./tokens.ts";

/** What outlives a configuration. */
export interface Means {
  readonly metadata: Metadata;
  readonly clock: Clock;
  readonly pace: { readonly documents: Pace; readonly signers: Pace; readonly tokens: Pace };
}

export interface Got<T> {
  readonly value: T;
  readonly from: Source;
}

/** Who asks, and whether what is remembered is good enough for him. */
export interface Wanting {
  /** Aborted where the answer is not wanted any more. */
  readonly signal: AbortSignal;
  readonly afresh: boolean;
}

export class Remembered {
  readonly signers: Signers;
  readonly documents: Documents;
  readonly #tokens: KeptTokens;

  constructor(settings: Settings, means: Means) {
    const fetch = () => means.metadata.client({ settings, tokens: asking, signal: NEVER }).token();
    this.#tokens = new KeptTokens(fetch, means.pace.tokens, means.clock);
    this.documents = new Documents(settings, means, this.#tokens);
    this.signers = new Signers(settings, means, this.#tokens);
  }

  /** Whether a call can most likely be answered without asking anybody. */
  canAnswer(request: Request): boolean {
    return this.documents.kept(request) !== undefined && this.signers.kept() !== undefined;
  }

  /** The user's key document. */
  async document(request: Request, wanting: Wanting): Promise<Got<KeyDocument>> {
    const kept = wanting.afresh ? undefined : this.documents.kept(request);
    if (kept !== undefined) return { value: { found: kept }, from: "memory" };
    try {
      // Before the document's own fetch, which whoever comes later may share: so that they share no failure of this.
      await this.#tokens.get(undefined, wanting.signal);
    } catch (error) {
      if (error instanceof TokenRefused) return { value: { none: "metadata-off" }, from: "metadata" };
      throw error;
    }
    return this.documents.fetched(request, wanting);
  }

  /** What belongs to the judgement beside the document. */
  async surroundings(plan: StaplePlan, wanting: Wanting): Promise<Got<Surroundings>> {
    const kept = wanting.afresh ? undefined : this.signers.kept();
    return kept === undefined ? this.signers.fetched(plan, wanting) : { value: kept, from: "memory" };
  }
}
