/** The thin HTTP server under the simulated services: listens on some addresses, passes each request to one function. */
import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from "node:http";
import { type AddressInfo, isIPv6, type Socket } from "node:net";

export interface Address {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
}

export interface Listening {
  /** URLs such as "http://127.0.0.1:34567", one for each address, in the given order. */
  readonly endpoints: readonly [string, ...string[]];
  /** The addresses with the ports that they got. */
  readonly addresses: readonly Address[];
  /** Stops listening and destroys every connection, including those with a hanging answer. */
  close(): Promise<void>;
}

export interface ListenOptions extends ServerOptions {
  /** Host in the endpoints, instead of the address: for clients that reach this server by another name. */
  readonly advertise?: string | undefined;
  /** Answers on a connection that did not send a valid request; by default Node answers. */
  readonly refuse?: (error: NodeJS.ErrnoException, socket: Socket) => void;
}

/** Milliseconds that an idle connection is kept open for its next request. */
const KEEP_ALIVE = 60_000;

export async function listen(
  addresses: readonly [Address, ...Address[]],
  handle: (incoming: IncomingMessage, out: ServerResponse) => void,
  { refuse, advertise, ...options }: ListenOptions = {},
): Promise<Listening> {
  const servers: Server[] = [];
  const close = async () => {
    await Promise.all(servers.map((server) => closed(server)));
  };
  try {
    const [first, ...others] = addresses;
    const bound: [Address, ...Address[]] = [await bind(first)];
    for (const address of others) bound.push(await bind(address));
    const [endpoint, ...more] = bound.map(({ host, port }) => endpointAt(advertise ?? host, port));
    return { endpoints: [endpoint as string, ...more], addresses: bound, close };
  } catch (error) {
    await close();
    throw error;
  }

  function bind({ host, port }: Address): Promise<Address> {
    const server = createServer({ keepAliveTimeout: KEEP_ALIVE, ...options }, handle);
    if (refuse !== undefined) server.on("clientError", (error, socket) => refuse(error, socket as Socket));
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host, port, exclusive: true }, () => {
        servers.push(server);
        const bound = server.address() as AddressInfo;
        resolve({ host: bound.address, port: bound.port });
      });
    });
  }
}

function endpointAt(name: string, port: number): string {
  const host = isIPv6(name) ? `[${name}]` : name;
  return port === 80 ? `http://${host}` : `http://${host}:${port}`;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
