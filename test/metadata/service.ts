/** A metadata service with the test's answers, and a client of it. Both are closed when the test has finished. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { MetadataClient } from "../../src/metadata/client.ts";

/** @param count how often this was requested, with this request */
export type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => void;

/** Starts a service that passes every request to `answer` (`giving` returns the token); `seen` lists every request. */
export async function service(answer: Answer, host = "127.0.0.1") {
  const seen: string[] = [];
  const counts = new Map<string, number>();
  const server = createServer((request, response) => {
    const what = `${request.method} ${request.url}`;
    seen.push(what);
    counts.set(what, (counts.get(what) ?? 0) + 1);
    answer(request, response, counts.get(what) ?? 0);
  });
  await new Promise<void>((done) => server.listen(0, host, done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { seen, origin: { host, port } };
}

/** Creates a client of the service at these addresses. */
export function client(
  origins: { host: string; port: number }[],
  { signal = new AbortController().signal, requestMs = 1000 } = {},
) {
  const [first, ...others] = origins;
  if (first === undefined) throw new Error("no origin");
  const one = new MetadataClient({ origins: [first, ...others], connectMs: 500, requestMs, sockets: 8, signal });
  onTestFinished(() => one.close());
  return one;
}

export const isToken = ({ url }: IncomingMessage): boolean => url === "/latest/api/token";

/** Returns the token, and passes every other request to `answer`. */
export const giving =
  (answer: Answer): Answer =>
  (request, response, count) =>
    isToken(request) ? response.end("TOKEN") : answer(request, response, count);
