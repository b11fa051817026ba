/** What is known about one login, or about one pushed key with which no login followed. Types, and what follows from them. */
import type { OfferRecord } from "./record.ts";
import type { LoginKey, Peer } from "./sshd-line.ts";

/** A push that may have led to a login. */
export type Push = Pick<OfferRecord, "caller" | "requestId" | "expires">;

/** The reasons for which it is not certain who logged in. A closed list; docs/logins.md has the meaning of each. */
export type Uncertainty =
  /** The key was pushed by several callers, and the pushes were valid at once. */
  | "several-callers"
  /** One caller pushed the key several times. Only the request id is not certain. */
  | "several-pushes"
  /** Every record of the key belongs to an earlier login. One was lost, or the key is in `authorized_keys` as well. */
  | "no-own-record"
  /** sshd got the key from this program, and the record is missing. */
  | "record-missing"
  /** sshd names another method, the last of several, and its log does not name the key of the first. */
  | "other-method"
  /** The clock was set back between the record and the login. */
  | "clock-set-back";

export type State =
  | { readonly kind: "in-session"; readonly seconds: number | undefined }
  /** `at` is undefined if the log does not have the end; milliseconds since the epoch. */
  | { readonly kind: "ended"; readonly at: number | undefined; readonly seconds: number | undefined }
  | { readonly kind: "ended-by-restart" }
  /** The log has no end, and this user cannot see whether the process lives. */
  | { readonly kind: "not-known" }
  /** A key was passed to sshd, and no login followed; `pending` if two minutes have not yet passed. */
  | { readonly kind: "no-login"; readonly pending: boolean };

export interface Login {
  /** Milliseconds since the epoch: of sshd's line, or of the first record if no login followed. */
  readonly at: number;
  readonly user: string;
  /** Undefined if no login followed. */
  readonly from: Pick<Peer, "address" | "port"> | undefined;
  readonly method: string | undefined;
  readonly key: Partial<Omit<LoginKey, "certificate">> | undefined;
  readonly by: "ec2-instance-connect" | "other";
  /** In the order of their records. Empty for other logins, and if the record is missing. */
  readonly pushes: readonly Push[];
  readonly uncertainties: readonly Uncertainty[];
  readonly state: State;
  /** Process id of the monitor. */
  readonly pid: number | undefined;
  /** Number of logind's session, if the login is in session. */
  readonly session: string | undefined;
}

/** Returns the uncertainties that follow from the pushes that were valid at once. */
export function uncertaintiesOf(pushes: readonly Push[]): Uncertainty[] {
  if (new Set(pushes.map(({ caller }) => caller)).size > 1) return ["several-callers"];
  return new Set(pushes.map(({ requestId }) => requestId)).size > 1 ? ["several-pushes"] : [];
}
