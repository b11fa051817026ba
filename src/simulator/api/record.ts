/**
 * What is kept and logged of one call: the fields of a CloudTrail record that mean something here (CloudTrail user guide,
 * "CloudTrail record contents"). Of a key only its fingerprint, of credentials only the access key id.
 */
import { inner } from "./model.ts";
import type { Principal } from "./principals.ts";
import { SERVICE } from "./sigv4.ts";
import { fingerprintIn } from "./ssh-public-key.ts";

export interface UserIdentity {
  readonly type: "AssumedRole" | "FederatedUser" | "IAMUser" | "Root" | "Unknown";
  readonly arn: string;
  readonly accountId: string;
  readonly accessKeyId: string;
}

export interface CallRecord {
  /** RFC 3339 in whole seconds, by the simulator's clock. */
  readonly eventTime: string;
  readonly eventSource: string;
  /** The action asked for, whether there is one of that name or not; null where none was. */
  readonly eventName: string | null;
  readonly awsRegion: string;
  readonly sourceIPAddress: string;
  readonly userAgent: string | null;
  /** Null until the signature held. */
  readonly userIdentity: UserIdentity | null;
  readonly requestParameters: Readonly<Record<string, unknown>> | null;
  readonly responseElements: { readonly requestId: string; readonly success: true } | null;
  readonly errorCode?: string;
  readonly errorMessage?: string;
  /** The same as #Request in the key document, and in the agent's audit. */
  readonly requestID: string;
  /** Not CloudTrail's: what was sent; 0 where nothing was that has one. */
  readonly httpStatus: number;
}

export const EVENT_SOURCE = `${SERVICE}.amazonaws.com`;

export const eventTime = (now: Date): string => `${now.toISOString().slice(0, 19)}Z`;

export function identityOf({ arn, accessKeyId }: Principal): UserIdentity {
  const [, , , , accountId = "", resource = ""] = arn.split(":");
  const types = {
    "assumed-role": "AssumedRole",
    "federated-user": "FederatedUser",
    user: "IAMUser",
    root: "Root",
  } as const;
  const kind = resource.split("/")[0] ?? "";
  const type = Object.hasOwn(types, kind) ? types[kind as keyof typeof types] : "Unknown";
  return { type, arn, accountId, accessKeyId };
}

/** Members as CloudTrail names them; texts of any length are cut, and the key is its fingerprint. */
export function parametersOf(given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const members = Object.entries(given)
    .slice(0, MOST)
    .map(([name, value]): [string, unknown] => {
      if (name === "SSHPublicKey") return [inner(name), typeof value === "string" ? fingerprintIn(value) : null];
      if (typeof value === "string") return [inner(cut(name)), cut(value)];
      return [inner(cut(name)), typeof value === "number" || typeof value === "boolean" ? value : null];
    });
  return Object.fromEntries(members);
}

/** Members and characters of a call that are logged: a caller chooses both. */
const MOST = 16;
const LONGEST = 256;

const cut = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
