/** API calls that AWS's own library signs and the test then changes. They are sent exactly as they are. */
import { createHash, createHmac } from "node:crypto";
import { request as httpRequest } from "node:http";
import { SignatureV4 } from "@smithy/signature-v4";
import type { Simulator } from "../../src/simulator/simulator.ts";

/** An HTTP request as it is sent. */
export interface Wire {
  method: string;
  path: string;
  query: Record<string, string>;
  headers: Record<string, string>;
  body: string;
}

export interface Reply {
  readonly status: number;
  /** `__type` of an error, "" for a success. */
  readonly name: string;
  readonly message: string;
  readonly requestId: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export const TARGET = "AWSEC2InstanceConnectService";
export const ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGsP1hOlU7e0nU4sQbq0y2sZ2oF2oQkz1wY0xXlqg2Zl";

export const INPUT = { InstanceId: "i-0abcdef1234567890", InstanceOSUser: "ec2-user", SSHPublicKey: ED25519 };

/** Returns a call that would succeed, not yet signed. */
export function call(simulator: Simulator, input: object = INPUT, action = "SendSSHPublicKey"): Wire {
  return {
    method: "POST",
    path: "/",
    query: {},
    headers: {
      host: new URL(simulator.apiEndpoint).host,
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `${TARGET}.${action}`,
    },
    body: JSON.stringify(input),
  };
}

export interface Signing {
  at?: Date;
  region?: string;
  service?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
}

function signer(simulator: Simulator, { region, service, credentials }: Signing): SignatureV4 {
  return new SignatureV4({
    region: region ?? simulator.region,
    service: service ?? "ec2-instance-connect",
    credentials: credentials ?? simulator.credentials,
    sha256: Sha256,
    applyChecksum: false,
  });
}

const plain = ({ headers, ...wire }: Wire) => ({ ...wire, headers, protocol: "http:", hostname: headers.host ?? "" });

export async function signed(simulator: Simulator, wire: Wire, signing: Signing = {}): Promise<Wire> {
  const signingDate = signing.at ?? simulator.clock.now();
  const { headers } = await signer(simulator, signing).sign(plain(wire), { signingDate });
  return { ...wire, headers };
}

export async function presigned(
  simulator: Simulator,
  wire: Wire,
  signing: Signing & { expiresIn?: number } = {},
): Promise<Wire> {
  const signingDate = signing.at ?? simulator.clock.now();
  const { expiresIn = 60 } = signing;
  const { query, headers } = await signer(simulator, signing).presign(plain(wire), { signingDate, expiresIn });
  return { ...wire, headers, query: query as Record<string, string> };
}

/** @param asked the exact query for the request line, instead of the encoded one */
export function send(simulator: Simulator, wire: Wire, asked?: string): Promise<Reply> {
  const { hostname, port } = new URL(simulator.apiEndpoint);
  const pairs = Object.entries(wire.query).map((pair) => pair.map(encodeURIComponent).join("="));
  const query = asked ?? pairs.join("&");
  const path = query === "" ? wire.path : `${wire.path}?${query}`;
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const out = httpRequest({ hostname, port, path, method: wire.method, headers: wire.headers, agent: false });
  out.once("error", reject);
  out.once("response", async (incoming) => {
    const body = Buffer.concat(await incoming.toArray()).toString();
    const { __type: name = "", Message: message = "" } = body.startsWith("{") ? JSON.parse(body) : {};
    const { "x-amzn-requestid": requestId } = incoming.headers as Record<string, string | undefined>;
    resolve({ status: incoming.statusCode ?? 0, name, message, requestId, headers: incoming.headers, body });
  });
  out.end(wire.body);
  return promise;
}

/** SHA-256 with the interface that the library requires. */
class Sha256 {
  private readonly hash: { update(data: Uint8Array): unknown; digest(): Buffer };
  constructor(secret?: unknown) {
    this.hash = secret === undefined ? createHash("sha256") : createHmac("sha256", secret as string | Buffer);
  }
  update(data: Uint8Array): void {
    this.hash.update(data);
  }
  async digest(): Promise<Uint8Array> {
    return this.hash.digest();
  }
  reset(): void {}
}
