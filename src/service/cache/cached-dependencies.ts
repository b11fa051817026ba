/** Dependencies of one call in the service: the same requests as in the one-shot program, some answered from the caches. */
import { type Answer, authorize, type Dependencies } from "../../authorize.ts";
import { type Identity, identify } from "../../host/instance.ts";
import type { KeyDocument, StapleSelector } from "../../metadata/fetch.ts";
import { isSegment } from "../../metadata/paths.ts";
import type { Settings } from "../../settings/defaults.ts";
import { Fault } from "../../verify/errors.ts";
import type { FetchedSignerEvidence, Request, Rules } from "../../verify/evidence.ts";
import type { SignerValidator } from "../../verify/signer-validator.ts";
import * as verifier from "../../verify/verifier.ts";
import type { Clock } from "../clock.ts";
import type { Source } from "../telemetry/counters.ts";
import type { Caches } from "./caches.ts";
import type { Configured } from "./configuration.ts";
import type { LookupOptions } from "./contract.ts";
import { type CachedInput, type CacheUse, inputsToRefetch } from "./recheck.ts";

export interface CachedCall {
  readonly request: Request;
  readonly configured: Configured<Caches>;
  /** Whether the settings were named with --config. */
  readonly named: boolean;
  readonly clock: Clock;
  /** Aborted when the answer is no longer wanted; the call then ends with its reason. */
  readonly signal: AbortSignal;
  /** Called with the source of a document or of a signer. */
  onLookup(input: CachedInput, from: Source): void;
}

/**
 * Judges one call again until no "no" depends on cached data: at most three times.
 * @throws Fault, and the reason of the signal
 */
export async function authorizeWithRecheck(call: CachedCall): Promise<Answer> {
  const dependencies = new CachedDependencies(call);
  for (;;) {
    const outcome = await authorize(call.request, dependencies).catch((error: unknown) => {
      if (error instanceof Fault) return error;
      throw error;
    });
    call.signal.throwIfAborted();
    const inputs = inputsToRefetch(outcome, dependencies.used);
    if (inputs.length > 0) dependencies.bypass(inputs);
    else if (outcome instanceof Fault) throw outcome;
    else return outcome;
  }
}

const NOTHING_USED: CacheUse = { document: false, signer: false };

class CachedDependencies implements Dependencies {
  readonly rules: Pick<Rules, "domains" | "clockSkewSeconds" | "policy" | "callerVariable">;
  readonly #call: CachedCall;
  readonly #settings: Settings;
  readonly #bypassed = new Set<CachedInput>();
  #used = NOTHING_USED;
  /** The document fetched for this call; the call's next judgement can use it, too. */
  #fetchedDocument: KeyDocument | undefined;

  constructor(call: CachedCall) {
    const { settings } = call.configured;
    const { domains, clockSkewSeconds, policy, callerVariable } = settings;
    this.#call = call;
    this.#settings = settings;
    this.rules = { domains, clockSkewSeconds, policy, callerVariable };
  }

  /** The cached inputs that the current judgement has used. */
  get used(): CacheUse {
    return this.#used;
  }

  /** Begins another judgement, for which these inputs must be fetched. */
  bypass(inputs: readonly CachedInput[]): void {
    for (const input of inputs) this.#bypassed.add(input);
    this.#used = NOTHING_USED;
  }

  identify(): Identity {
    return identify({ ...this.#settings.instance, allowOwnFiles: this.#call.named });
  }

  async fetchKeyDocument(user: string): Promise<KeyDocument> {
    if (!isSegment(user)) return { none: "no-user" };
    if (this.#fetchedDocument !== undefined) return this.#fetchedDocument;
    const { request, configured } = this.#call;
    const { value, from } = await configured.caches.documents.lookup(request, this.#lookupOptions("document"));
    this.#call.onLookup("document", from);
    if (from === "metadata") this.#fetchedDocument = value;
    else this.#used = { ...this.#used, document: true };
    return value;
  }

  async fetchSignerEvidence(selectStaples: StapleSelector): Promise<FetchedSignerEvidence> {
    const { signers } = this.#call.configured.caches;
    const { value, from } = await signers.lookup(selectStaples, this.#lookupOptions("signer"));
    this.#call.onLookup("signer", from);
    if (from !== "metadata") this.#used = { ...this.#used, signer: true };
    return value;
  }

  async loadVerifier(): Promise<typeof verifier> {
    return verifier;
  }

  async anchors() {
    return this.#call.configured.anchors;
  }

  cachedValidator(rules: Rules): SignerValidator {
    return this.#call.configured.caches.signers.validator(rules);
  }

  now(): Date {
    return this.#call.clock.now();
  }

  #lookupOptions(input: CachedInput): LookupOptions {
    return { signal: this.#call.signal, bypassCache: this.#bypassed.has(input) };
  }
}
