/** A principal as CloudTrail records it (CloudTrail user guide, "CloudTrail userIdentity element"). Pure. */
import { createHash } from "node:crypto";
import type { Principal } from "./principals.ts";

export interface UserIdentity {
  readonly type: "AssumedRole" | "FederatedUser" | "IAMUser" | "Root" | "Unknown";
  /** The unique id of a user; of a role with its session's name; the account of a root user. */
  readonly principalId: string;
  readonly arn: string;
  readonly accountId: string;
  readonly accessKeyId: string;
  /** Only of an IAM user. */
  readonly userName?: string;
  /** Only of temporary credentials. */
  readonly sessionContext?: SessionContext;
}

export interface SessionContext {
  /** Only of a role. */
  readonly sessionIssuer?: {
    readonly type: "Role";
    readonly principalId: string;
    readonly arn: string;
    readonly accountId: string;
    readonly userName: string;
  };
  readonly attributes: {
    /** RFC 3339 in whole seconds. */
    readonly creationDate: string;
    readonly mfaAuthenticated: "false";
  };
}

/** @param since the time at which temporary credentials were issued, in RFC 3339 */
export function identityOf({ arn, accessKeyId }: Principal, since: string): UserIdentity {
  const [, partition = "", , , account = "", ...resource] = arn.split(":");
  const [kind = "", ...path] = resource.join(":").split("/");
  const name = path.at(-1) ?? "";
  const common = { arn, accountId: account, accessKeyId };
  const attributes = { creationDate: since, mfaAuthenticated: "false" } as const;
  switch (kind) {
    case "user":
      return { type: "IAMUser", principalId: uniqueId("AIDA", arn), ...common, userName: name };
    case "assumed-role": {
      const [role = ""] = path;
      const roleArn = `arn:${partition}:iam::${account}:role/${role}`;
      const issuer = { principalId: uniqueId("AROA", roleArn), arn: roleArn, accountId: account, userName: role };
      const sessionContext = { sessionIssuer: { type: "Role", ...issuer } as const, attributes };
      return { type: "AssumedRole", principalId: `${issuer.principalId}:${name}`, ...common, sessionContext };
    }
    case "federated-user":
      return { type: "FederatedUser", principalId: `${account}:${name}`, ...common, sessionContext: { attributes } };
    case "root":
      return { type: "Root", principalId: account, ...common };
    default:
      return { type: "Unknown", principalId: account, ...common };
  }
}

/** Returns the account id in an ARN; "" if there is none. */
export const accountOf = (arn: string): string => arn.split(":")[4] ?? "";

/** Makes a unique id in IAM's form, the same for the same ARN (IAM user guide, "Unique identifiers"). */
function uniqueId(prefix: "AIDA" | "AROA", arn: string): string {
  const digits = [...createHash("sha256").update(arn).digest().subarray(0, 17)];
  return prefix + digits.map((byte) => BASE32.charAt(byte % BASE32.length)).join("");
}

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
