/**
 * Signature Version 4 as its documentation has it (IAM user guide, "Create a signed AWS API request"), with node:crypto only:
 * a signer that shares nothing with the library that the simulator recalculates with.
 */
import { createHash, createHmac } from "node:crypto";
import type { Simulator } from "../../src/simulator/simulator.ts";
import type { Wire } from "./raw-call.ts";

export interface Documented {
  /** "20261122T020000Z"; the simulator's time by default. */
  readonly timestamp?: string;
  /** Names of the canonical request; all headers, sorted, by default. */
  readonly names?: readonly string[];
}

/** Returns `wire` with an Authorization header. Nothing else is added: the date and the session token are the test's. */
export function withAuthorization(simulator: Simulator, wire: Wire, options: Documented = {}): Wire {
  const { accessKeyId } = simulator.credentials;
  const { signature, scope, names } = signatureOf(simulator, wire, options);
  const parts = [`Credential=${accessKeyId}/${scope}`, `SignedHeaders=${names}`, `Signature=${signature}`];
  return { ...wire, headers: { ...wire.headers, authorization: `AWS4-HMAC-SHA256 ${parts.join(", ")}` } };
}

/** Returns `wire` signed in its query, without X-Amz-Expires unless the query has one. */
export function withSignedQuery(simulator: Simulator, wire: Wire, options: Documented = {}): Wire {
  const { accessKeyId, sessionToken } = simulator.credentials;
  const timestamp = options.timestamp ?? basic(simulator.clock.now());
  const query: Record<string, string> = {
    ...wire.query,
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": `${accessKeyId}/${scopeOf(simulator, timestamp)}`,
    "X-Amz-Date": timestamp,
    "X-Amz-SignedHeaders": namesOf(wire, options).join(";"),
    ...(sessionToken === undefined ? {} : { "X-Amz-Security-Token": sessionToken }),
  };
  const { signature } = signatureOf(simulator, { ...wire, query }, options);
  return { ...wire, query: { ...query, "X-Amz-Signature": signature } };
}

/** Returns a time as "20261122T020000Z". */
export const basic = (time: Date): string => `${time.toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`;

function signatureOf(simulator: Simulator, wire: Wire, options: Documented) {
  const timestamp = options.timestamp ?? basic(simulator.clock.now());
  const names = namesOf(wire, options);
  const values = new Map(Object.entries(wire.headers));
  const canonical = [
    wire.method,
    wire.path,
    Object.entries(wire.query)
      .map((pair) => pair.map(escaped).join("="))
      .sort()
      .join("&"),
    ...names.map((name) => `${name}:${(values.get(name) ?? "").trim().replace(/ +/g, " ")}`),
    "",
    names.join(";"),
    hash(wire.body),
  ].join("\n");
  const scope = scopeOf(simulator, timestamp);
  const toSign = ["AWS4-HMAC-SHA256", timestamp, scope, hash(canonical)].join("\n");
  const secret = Buffer.from(`AWS4${simulator.credentials.secretAccessKey}`);
  const key = scope.split("/").reduce((key, part) => createHmac("sha256", key).update(part).digest(), secret);
  return { signature: createHmac("sha256", key).update(toSign).digest("hex"), scope, names: names.join(";") };
}

const namesOf = ({ headers }: Wire, { names }: Documented): readonly string[] => names ?? Object.keys(headers).sort();

const scopeOf = ({ region }: Simulator, timestamp: string): string =>
  `${timestamp.slice(0, 8)}/${region}/ec2-instance-connect/aws4_request`;

const hash = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Percent-encodes all characters but the unreserved ones of RFC 3986. */
const escaped = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
