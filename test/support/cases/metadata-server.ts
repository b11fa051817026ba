/** A metadata service on loopback that serves one scene unchanged: IMDSv2, bytes by path, and selected misbehaviour. */
import { createServer, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Scene } from "./case.ts";

/** Replaces the regular reply of a path. */
export type Misbehaviour = "hang" | "cut" | { readonly status: number } | { readonly body: Buffer };

export interface MetadataServer {
  readonly port: number;
  close(): Promise<void>;
}

const TOKEN = "vector-token";
const META = "/latest/meta-data";
const SSH = `${META}/managed-ssh-keys`;

/** Returns the content of each path. */
function tree({ user, served }: Scene): Map<string, Buffer> {
  const { keys, instanceId, region, domain, signer, staples } = served;
  const latin1 = (text: string) => Buffer.from(text, "latin1");
  return new Map<string, Buffer>([
    [`${META}/instance-id`, latin1(instanceId)],
    [`${META}/placement/region`, latin1(region)],
    [`${META}/services/domain`, latin1(domain)],
    [`${SSH}/active-keys/${user}/`, keys],
    [`${SSH}/signer-cert/`, latin1(signer)],
    [`${SSH}/signer-ocsp/`, Buffer.from(staples.map(({ name }) => `${name}\n`).join(""))],
    ...staples.flatMap(({ name, body }): [string, Buffer][] =>
      body === undefined ? [] : [[`${SSH}/signer-ocsp/${name}`, latin1(body)]],
    ),
  ]);
}

/** @param misbehaves by path; takes effect before the token is checked */
export async function serve(scene: Scene, misbehaves: ReadonlyMap<string, Misbehaviour>): Promise<MetadataServer> {
  const values = tree(scene);
  const listener: RequestListener = (request, response) => {
    const path = decodeURIComponent(request.url ?? "");
    const bad = misbehaves.get(path);
    if (bad !== undefined) return misbehave(response, bad);
    if (path === "/latest/api/token") {
      const ttl = request.headers["x-aws-ec2-metadata-token-ttl-seconds"];
      const right = request.method === "PUT" && typeof ttl === "string" && /^[1-9]\d{0,4}$/.test(ttl);
      return right ? response.end(TOKEN) : response.writeHead(400).end();
    }
    if (request.headers["x-aws-ec2-metadata-token"] !== TOKEN) return response.writeHead(401).end();
    const value = request.method === "GET" ? values.get(path) : undefined;
    return value === undefined ? response.writeHead(404).end() : response.end(value);
  };
  const server = createServer(listener);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.on("error", reject).listen(0, "127.0.0.1", resolve);
  await promise;
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close() {
      const closed = new Promise<void>((done) => server.close(() => done()));
      server.closeAllConnections();
      return closed;
    },
  };
}

function misbehave(response: ServerResponse, how: Misbehaviour): void {
  if (how === "hang") return;
  if (how === "cut") {
    response.writeHead(200, { "Content-Length": "1000" }).write("a beginning", () => response.destroy());
    return;
  }
  if ("status" in how) response.writeHead(how.status).end();
  else response.end(how.body);
}
