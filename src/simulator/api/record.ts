/**
 * The record of one call, as kept and logged: the fields of a CloudTrail record that apply here (CloudTrail user guide,
 * "CloudTrail record contents"). A key is recorded only as its fingerprint, credentials only as the access key id.
 */
import { randomUUID } from "node:crypto";
import type { AnyFault, FaultTiming } from "../faults.ts";
import { present } from "../present.ts";
import type { ApiErrorName } from "./api-errors.ts";
import { accountOf, identityOf, type UserIdentity } from "./identity.ts";
import { inner } from "./model.ts";
import type { Principal } from "./principals.ts";
import type { ApiRequest } from "./request.ts";
import { SERVICE } from "./sigv4.ts";
import { fingerprintIn } from "./ssh-public-key.ts";

export interface TlsDetails {
  readonly tlsVersion: string;
  readonly cipherSuite: string;
  readonly clientProvidedHostHeader: string | null;
}

export interface CallRecord {
  readonly eventVersion: "1.08";
  /** RFC 3339 in whole seconds, by the simulator's clock. */
  readonly eventTime: string;
  readonly eventSource: string;
  /** The requested action, even if its name is unknown; null if the request names none. */
  readonly eventName: string | null;
  readonly awsRegion: string;
  readonly sourceIPAddress: string;
  readonly userAgent: string | null;
  /** Null if the signature was not verified. */
  readonly userIdentity: UserIdentity | null;
  readonly requestParameters: Readonly<Record<string, unknown>> | null;
  readonly responseElements: { readonly requestId: string; readonly success: true } | null;
  readonly errorCode?: string;
  readonly errorMessage?: string;
  /** The same as #Request in the key document, and as in the agent's audit. */
  readonly requestID: string;
  readonly eventID: string;
  readonly readOnly: boolean;
  readonly eventType: "AwsApiCall";
  readonly managementEvent: true;
  /** The caller's account; if the signature was not verified, the account of the first principal. */
  readonly recipientAccountId: string;
  readonly eventCategory: "Management";
  readonly tlsDetails: TlsDetails;
  /**
   * Not a field of CloudTrail: the fault of the wire with which the call ended; of a push, whether it occurred before the
   * push was taken, or after.
   */
  readonly fault?: { readonly name: AnyFault; readonly when?: FaultTiming };
  /** Not a field of CloudTrail: the status that was sent; 0 if none was. */
  readonly httpStatus: number;
}

/** Facts of a call that its record has. */
export interface CallFacts {
  readonly eventSource: string;
  readonly eventName: string | null;
  readonly readOnly: boolean;
  readonly requestId: string;
  /** Undefined if the signature was not verified. */
  readonly principal: Principal | undefined;
  readonly requestParameters: Readonly<Record<string, unknown>> | undefined;
  readonly responseElements: CallRecord["responseElements"] | undefined;
  /** With the name that CloudTrail has for the error. */
  readonly error: { readonly code: string; readonly message: string } | undefined;
  readonly httpStatus: number;
}

/** State of the service that every record needs. */
interface RecordContext {
  readonly region: string;
  readonly principals: ReadonlyMap<string, Principal>;
  readonly startedAt: Date;
}

export function recordOf(
  { sourceIPAddress, headers }: ApiRequest,
  { region, principals, startedAt }: RecordContext,
  now: Date,
  facts: CallFacts,
): CallRecord {
  const { eventSource, eventName, readOnly, requestId, principal, error } = facts;
  const [first] = principals.values();
  return {
    ...CONSTANT_FIELDS,
    eventTime: eventTime(now),
    eventSource,
    eventName,
    awsRegion: region,
    sourceIPAddress,
    userAgent: headers["user-agent"] ?? null,
    userIdentity: principal === undefined ? null : identityOf(principal, eventTime(startedAt)),
    requestParameters: facts.requestParameters ?? null,
    responseElements: facts.responseElements ?? null,
    ...present({ errorCode: error?.code, errorMessage: error?.message }),
    requestID: requestId,
    eventID: randomUUID(),
    readOnly,
    recipientAccountId: accountOf((principal ?? first)?.arn ?? ""),
    tlsDetails: tlsDetails(headers.host),
    httpStatus: facts.httpStatus,
  };
}

export const EVENT_SOURCE = `${SERVICE}.amazonaws.com`;

const eventTime = (now: Date): string => `${now.toISOString().slice(0, 19)}Z`;

/** The fields that are the same in every record, in the version of AWS's own example for this source of events. */
const CONSTANT_FIELDS = {
  eventVersion: "1.08",
  eventType: "AwsApiCall",
  managementEvent: true,
  eventCategory: "Management",
} as const;

/** The connection is not encrypted: version and cipher are those of a client of today. */
const tlsDetails = (host: string | undefined): TlsDetails => ({
  tlsVersion: "TLSv1.3",
  cipherSuite: "TLS_AES_128_GCM_SHA256",
  clientProvidedHostHeader: host ?? null,
});

/** Returns the name that CloudTrail has for an error: IAM's error has the same name in all services. */
export const errorCodeOf = (name: ApiErrorName): string => (name === "AccessDeniedException" ? "AccessDenied" : name);

/** Returns the members with CloudTrail's names. Long texts are cut, and the key is replaced by its fingerprint. */
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

/** Maximum members of a call, and characters of a text, that are logged: the caller chooses both. */
const MOST = 16;
const LONGEST = 256;

const cut = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
