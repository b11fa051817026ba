/** Who may call the API: credentials, and what they may do with them. */
import { randomBytes, randomInt } from "node:crypto";
import type { ActionName } from "./model.ts";

/** In the names that AWS's SDK for JavaScript takes them. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Temporary credentials have one, and then it must come with every request. */
  readonly sessionToken?: string;
}

export interface Principal extends Credentials {
  /** Stands in the key document as #Caller. */
  readonly arn: string;
  /** Instance ids that it may reach; all where not said. */
  readonly instances?: readonly string[];
  /** OS users that it may push for; all where not said. */
  readonly osUsers?: readonly string[];
  /** What it may call; both where not said. */
  readonly actions?: readonly ActionName[];
  /** Otherwise every call ends with OptInRequired, or with NotAuthorized. */
  readonly account?: "active" | "not-subscribed" | "not-authorized";
}

/** A principal of which only the ARN must be said: what is left open of its credentials is made up. */
export type PrincipalOptions = Omit<Principal, keyof Credentials> & Partial<Credentials>;

/** @throws Error for half of a pair of keys */
export function principal(options: PrincipalOptions): Principal {
  const { accessKeyId, secretAccessKey } = options;
  if (accessKeyId !== undefined && secretAccessKey !== undefined) return { ...options, accessKeyId, secretAccessKey };
  if (accessKeyId !== undefined || secretAccessKey !== undefined) {
    throw new Error(`${options.arn} has half of a pair of keys: say both or neither`);
  }
  return { ...options, ...freshCredentials(/:(assumed-role|federated-user)\//.test(options.arn)) };
}

/** Of the usual form: AKIA… for a user, ASIA… and a session token for a role (IAM user guide, "Unique identifiers"). */
export function freshCredentials(temporary: boolean): Credentials {
  const letters = Array.from({ length: 16 }, () => BASE32.charAt(randomInt(BASE32.length))).join("");
  const secretAccessKey = randomBytes(30).toString("base64");
  if (!temporary) return { accessKeyId: `AKIA${letters}`, secretAccessKey };
  return { accessKeyId: `ASIA${letters}`, secretAccessKey, sessionToken: randomBytes(96).toString("base64") };
}

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** @throws Error where two principals could not be told apart */
export function byAccessKey(principals: readonly Principal[]): ReadonlyMap<string, Principal> {
  const map = new Map(principals.map((one) => [one.accessKeyId, one]));
  if (map.size !== principals.length) throw new Error("two principals have the same access key id");
  return map;
}
