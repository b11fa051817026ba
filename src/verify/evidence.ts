/** Input of the verification: the request, the replies as received, and the rules. Plain data; no reply is trusted yet. */

import type { Policy } from "./policy.ts";
import type { Anchor } from "./x509/anchor.ts";

/** The question from sshd: the user, and the key that was offered. */
export interface Request {
  readonly user: string;
  /** `SHA256:…` or `MD5:…` as in sshd's `%f`; undefined if keys cannot be filtered by it. */
  readonly fingerprint: string | undefined;
}

/** One entry of the staple list: the body as received, or the reason why it could not be fetched. */
export type FetchedStaple =
  | { readonly name: string; readonly body: Uint8Array }
  | { readonly name: string; readonly failed: string };

/** Evidence about the signer: what its validation reads. */
export interface SignerEvidence {
  /** `placement/region`: one DNS label. Not signed. */
  readonly region: string;
  /** `services/domain`. Not signed. */
  readonly domain: string;
  /** `managed-ssh-keys/signer-cert/`: PEM, as received. */
  readonly certificates: Uint8Array;
  /** Staples fetched so far; each body is base64 of a DER OCSPResponse, as received. */
  readonly staples: readonly FetchedStaple[];
}

/** Lifetime of a pushed key in seconds, by the API reference of SendSSHPublicKey. */
export const KEY_LIFETIME_SECONDS = 60;

/** The form of an instance id. */
export const INSTANCE_ID = /^i-[0-9a-f]{8,32}$/;

/** Everything that is fetched in addition to the key document. It is the same for all users of the instance. */
export interface FetchedSignerEvidence extends SignerEvidence {
  /** `instance-id`, as served by the metadata service. */
  readonly instanceId: string;
}

export interface Evidence extends FetchedSignerEvidence {
  /** The key document, as received. */
  readonly keys: Uint8Array;
}

/** Rules against which evidence is checked. They come from settings, the host and the pinned roots only. */
export interface Rules {
  /** Id of this instance as known to the host; undefined if it cannot be known (Xen) or the check is turned off. */
  readonly instanceId: string | undefined;
  readonly anchors: readonly Anchor[];
  /** Service domains in addition to the known ones. */
  readonly domains: readonly string[];
  /** Seconds; limits how far in the future a time may be, never extends a validity. */
  readonly clockSkewSeconds: number;
  /** Which callers may log in as which users, with valid keys. */
  readonly policy: Policy;
  /** Variable that names the caller in the session; undefined for none. */
  readonly callerVariable?: string | undefined;
}
