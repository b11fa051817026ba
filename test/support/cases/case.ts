/**
 * One table of cases: what is served, by which rules it is judged, and what must come out. The expectation is written
 * by hand beside each case; nothing here asks the judge. The same table makes the vectors, and runs through the bundle.
 */

import type { FaultCode } from "../../../src/verify/errors.ts";
import type { Policy } from "../../../src/verify/policy.ts";
import type { RefusalReason } from "../../../src/verify/verdict.ts";
import type { CaseBuilder } from "./case-builder.ts";

export type Expected =
  | { readonly fault: FaultCode }
  /** One entry for each block of the document, in its order. */
  | { readonly verdicts: readonly ("accepted" | RefusalReason)[] };

export interface ServedStaple {
  readonly name: string;
  /** As served: base64 of a DER OCSPResponse. Undefined: listed, and not delivered. */
  readonly body: string | undefined;
}

/** Everything a judgement is made from, as it is served and set. Public material only. */
export interface Scene {
  readonly user: string;
  readonly fingerprint: string | undefined;
  readonly served: {
    readonly keys: Buffer;
    readonly instanceId: string;
    readonly region: string;
    readonly domain: string;
    readonly signer: string;
    readonly staples: readonly ServedStaple[];
  };
  readonly rules: {
    /** PEM. */
    readonly anchors: string;
    /** Undefined: the identity is not checked. */
    readonly instanceId: string | undefined;
    readonly domains: readonly string[];
    readonly clockSkewSeconds: number;
    /** Undefined: nobody is refused by it. */
    readonly policy?: Policy | undefined;
  };
}

export interface Case {
  /** The vector's folder, and the end of a test's title. */
  readonly name: string;
  readonly make: (bench: CaseBuilder) => Promise<Scene>;
  readonly expects: Expected;
}

/** A row of a table: what it is called, what differs from a scene in which all is well, and what must come out. */
export const accepted: Expected = { verdicts: ["accepted"] };
export const refused = (reason: RefusalReason): Expected => ({ verdicts: [reason] });
export const fault = (code: FaultCode): Expected => ({ fault: code });
