/** The thin HTTP server under the simulated services: listens on some addresses, passes each request to one function. */
import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

export interface Address {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
}

export interface Listening {
  /** URLs such as "http://127.0.0.1:34567", one for each address, in the given order. */
  readonly endpoints: readonly [string, ...string[]];
  /** Stops listening and destroys every connection, including those with a hanging answer. */
  close(): Promise<void>;
}

export interface ListenOptions extends ServerOptions {
  /** Answers on a connection that did not send a valid request; by default Node answers. */
  readonly refuse?: (error: NodeJS.ErrnoException, socket: Socket) => void;
}

/** Milliseconds that an idle connection is kept open for its next request. */
const KEEP_ALIVE = 60_000;

export async function listen(
  addresses: readonly [Address, ...Address[]],
  handle: (incoming: IncomingMessage, out: ServerResponse) => void,
  { refuse, ...options }: ListenOptions = {},
): Promise<Listening> {
  const servers: Server[] = [];
  const close = async () => {
    await Promise.all(servers.map((server) => closed(server)));
  };
  try {
    const [first, ...others] = addresses;
    const endpoints: [string, ...string[]] = [await bind(first)];
    for (const address of others) endpoints.push(await bind(address));
    return { endpoints, close };
  } catch (error) {
    await close();
    throw error;
  }

  function bind({ host, port }: Address): Promise<string> {
    const server = createServer({ keepAliveTimeout: KEEP_ALIVE, ...options }, handle);
    if (refuse !== undefined) server.on("clientError", (error, socket) => refuse(error, socket as Socket));
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host, port, exclusive: true }, () => {
        servers.push(server);
        resolve(endpoint(server.address() as AddressInfo));
      });
    });
  }
}

function endpoint({ address, port, family }: AddressInfo): string {
  const host = family === "IPv6" ? `[${address}]` : address;
  return port === 80 ? `http://${host}` : `http://${host}:${port}`;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
