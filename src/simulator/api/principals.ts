/** Principals that may call the API: their credentials and permissions. */
import { randomBytes, randomInt } from "node:crypto";
import { ACTIONS, type ActionName } from "./model.ts";

/** Credentials, with the names of AWS's SDK for JavaScript. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Only for temporary credentials; every request must then contain it. */
  readonly sessionToken?: string;
}

/** Actions that a principal may be permitted: those of the API, and EC2's that clients call before it. */
export type PermittedAction = ActionName | "DescribeInstances";

export const PERMITTED_ACTIONS: readonly PermittedAction[] = [
  ...(Object.keys(ACTIONS) as ActionName[]),
  "DescribeInstances",
];

export interface Principal extends Credentials, Permissions {
  /** #Caller in the key document. */
  readonly arn: string;
}

export interface Permissions {
  /** Ids of instances that it may reach; all by default. */
  readonly instances?: readonly string[];
  /** OS users for which it may push; all by default. */
  readonly osUsers?: readonly string[];
  /** Actions that it may call; all by default. */
  readonly actions?: readonly PermittedAction[];
  /** Error for an instance or an OS user that is not listed; IAM's, AccessDeniedException, by default. */
  readonly deniedWith?: Denial;
  /** If not "active", every call ends with OptInRequired or with NotAuthorized. */
  readonly account?: "active" | "not-subscribed" | "not-authorized";
}

/** IAM's error for a call that no policy allows, and the error of the API's own model. */
export const DENIALS = ["AccessDeniedException", "AuthException"] as const;

export type Denial = (typeof DENIALS)[number];

/** Options of a principal. Only the ARN is required; missing credentials are generated. */
export type PrincipalOptions = Omit<Principal, keyof Credentials> & Partial<Credentials>;

/** @throws Error if only one key of the pair is given */
export function principal(options: PrincipalOptions): Principal {
  const { accessKeyId, secretAccessKey } = options;
  if (accessKeyId !== undefined && secretAccessKey !== undefined) return { ...options, accessKeyId, secretAccessKey };
  if (accessKeyId !== undefined || secretAccessKey !== undefined) {
    throw new Error(`${options.arn} has one key of a pair: set both or neither`);
  }
  return { ...options, ...freshCredentials(/:(assumed-role|federated-user)\//.test(options.arn)) };
}

/** Generates credentials: AKIA… for a user, ASIA… and a session token for a role (IAM user guide, "Unique identifiers"). */
function freshCredentials(temporary: boolean): Credentials {
  const letters = Array.from({ length: 16 }, () => BASE32.charAt(randomInt(BASE32.length))).join("");
  const secretAccessKey = randomBytes(30).toString("base64");
  if (!temporary) return { accessKeyId: `AKIA${letters}`, secretAccessKey };
  return { accessKeyId: `ASIA${letters}`, secretAccessKey, sessionToken: randomBytes(96).toString("base64") };
}

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** @throws Error if two principals have the same access key id */
export function byAccessKey(principals: readonly Principal[]): Map<string, Principal> {
  const map = new Map(principals.map((one) => [one.accessKeyId, one]));
  if (map.size !== principals.length) throw new Error("two principals have the same access key id");
  return map;
}
