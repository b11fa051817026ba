/**
 * One table of cases: the served data, the rules, and the expected result. The expectation is written by hand next to
 * each case; nothing here calls the verifier. The vectors are made from the same table, and it runs with the bundle.
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
  /** As served: base64 of a DER OCSPResponse. Undefined: listed, but not delivered. */
  readonly body: string | undefined;
}

/** Complete input of a verification: the replies as served, and the settings. Public material only. */
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
    /** Undefined: it refuses nothing. */
    readonly policy?: Policy | undefined;
    readonly callerVariable?: string | undefined;
  };
}

export interface Case {
  /** The vector's folder, and the end of a test's title. */
  readonly name: string;
  readonly make: (bench: CaseBuilder) => Promise<Scene>;
  readonly expects: Expected;
  /** The options in front of each accepted key; undefined for none. */
  readonly options?: string;
}

/** Expected results, for the rows of a table: a name, the difference from a valid scene, and the expected result. */
export const accepted: Expected = { verdicts: ["accepted"] };
export const refused = (reason: RefusalReason): Expected => ({ verdicts: [reason] });
export const fault = (code: FaultCode): Expected => ({ fault: code });
