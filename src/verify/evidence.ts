/** What a judgement is made from: the request, the replies as they came, and the rules. Plain data, nothing trusted. */

import type { Policy } from "./policy.ts";
import type { Anchor } from "./x509/anchor.ts";

/** What sshd asks: for whom, and which key was offered. */
export interface Request {
  readonly user: string;
  /** `SHA256:…` or `MD5:…` as sshd's `%f` gives it; undefined where nothing can be filtered by it. */
  readonly fingerprint: string | undefined;
}

/** One entry of the staple list, as it came or with why it did not come. */
export type FetchedStaple =
  | { readonly name: string; readonly body: Uint8Array }
  | { readonly name: string; readonly failed: string };

/** Everything about the signer that was fetched beside the keys. */
export interface SignerEvidence {
  /** `placement/region`: one DNS label. Signed by nobody. */
  readonly region: string;
  /** `services/domain`. Signed by nobody. */
  readonly domain: string;
  /** `managed-ssh-keys/signer-cert/`: PEM, as received. */
  readonly certificates: Uint8Array;
  /** Staples fetched so far, each body base64 of a DER OCSPResponse, as received. */
  readonly staples: readonly FetchedStaple[];
}

export interface Evidence extends SignerEvidence {
  /** The key document, as received. */
  readonly keys: Uint8Array;
  /** `instance-id`, as the metadata service says. */
  readonly instanceId: string;
}

/** What the judge holds the evidence against: from settings, the host and the pinned roots; never from evidence. */
export interface Rules {
  /** This instance's id as the host knows it; undefined where that cannot be known (Xen) or is not to be checked. */
  readonly instanceId: string | undefined;
  readonly anchors: readonly Anchor[];
  /** Service domains beside the known ones. */
  readonly domains: readonly string[];
  /** Seconds; bounds how far ahead a time may lie, never prolongs anything. */
  readonly clockSkewSeconds: number;
  /** Who may log in as whom, of the keys that hold. */
  readonly policy: Policy;
}
