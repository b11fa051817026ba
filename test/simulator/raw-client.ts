/** A client that corrects nothing: sends bytes, keeps the data received, and reports how the connection ended. */
import { connect, type Socket } from "node:net";
import type { Simulator } from "../../src/simulator/simulator.ts";

export interface Exchange {
  readonly socket: Socket;
  /** Returns the data received so far, one character per byte. */
  text(): string;
  /** Resolves when the connection is over: "end" after a FIN, "reset" after an RST. */
  readonly over: Promise<"end" | "reset">;
  /** Resolves when the data received satisfies `seen`; rejects if the connection ends before that. */
  until(seen: (text: string) => boolean): Promise<void>;
}

/** Returns the bytes of a request that leaves its connection open. */
export const request = (path: string, headers: Record<string, string> = {}, method = "GET"): string =>
  `${method} ${path} HTTP/1.1\r\nHost: simulator\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("")}\r\n`;

export function exchange(endpoint: string, bytes: string): Exchange {
  const { hostname, port } = new URL(endpoint);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  let reset = false;
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("error", () => {
    reset = true;
  });
  socket.write(bytes);
  const text = () => Buffer.concat(chunks).toString("latin1");
  return {
    socket,
    text,
    over: new Promise((resolve) => socket.once("close", () => resolve(reset ? "reset" : "end"))),
    until: (seen) =>
      new Promise((resolve, reject) => {
        socket.on("data", () => seen(text()) && resolve());
        socket.once("close", () => (seen(text()) ? resolve() : reject(new Error(`ended with: ${text()}`))));
      }),
  };
}

/** Requests a token from the simulator in the regular way. Returns the header to send. */
export async function token({ endpoint }: Simulator): Promise<Record<string, string>> {
  const headers = { "x-aws-ec2-metadata-token-ttl-seconds": "21600" };
  const response = await fetch(`${endpoint}/latest/api/token`, { method: "PUT", headers });
  return { "x-aws-ec2-metadata-token": await response.text() };
}
