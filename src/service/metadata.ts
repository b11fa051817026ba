/** Clients of the metadata service that share connections, and know which of its addresses answered last. */
import { Agent } from "node:http";
import { MetadataClient, type Tokens } from "../metadata/client.ts";
import { type Exchange, ExchangeError, exchange, type Origin } from "../metadata/exchange.ts";
import { CONNECT_MS, REQUEST_MS, type Settings } from "../settings.ts";
import type { Counters } from "./counters.ts";
import { METADATA_CONNECTIONS, METADATA_KEPT, METADATA_KEPT_MS } from "./limits.ts";

export interface Asker {
  readonly settings: Pick<Settings, "origins">;
  readonly tokens: Tokens;
  /** Ends what this client does. */
  readonly signal: AbortSignal;
  /** Before each request is sent: when it may be. */
  before?(path: string): Promise<void>;
}

export class Metadata {
  readonly #counters: Counters;
  readonly #agent = new Agent({
    keepAlive: true,
    maxSockets: METADATA_CONNECTIONS,
    maxTotalSockets: METADATA_CONNECTIONS,
    maxFreeSockets: METADATA_KEPT,
    timeout: METADATA_KEPT_MS,
  });
  #answered: Origin | undefined;

  constructor(counters: Counters) {
    this.#counters = counters;
  }

  client({ settings, tokens, signal, before }: Asker): MetadataClient {
    const send: typeof exchange = async (http, what) => {
      await before?.(what.path);
      this.#counters.asked(what.path);
      return this.#send(http, what);
    };
    return new MetadataClient({
      origins: this.#inOrder(settings.origins),
      connectMs: CONNECT_MS,
      requestMs: REQUEST_MS,
      sockets: METADATA_CONNECTIONS,
      agent: this.#agent,
      tokens,
      signal,
      exchange: send,
    });
  }

  close(): void {
    this.#agent.destroy();
  }

  async #send(http: typeof import("node:http"), what: Exchange) {
    try {
      const reply = await exchange(http, what);
      this.#answered = what.origin;
      return reply;
    } catch (error) {
      if (error instanceof ExchangeError && error.kind === "connect") this.#answered = undefined;
      throw error;
    }
  }

  /** The one that answered comes first: who has only the second address is not to wait for the first each time. */
  #inOrder(origins: Settings["origins"]): Settings["origins"] {
    const answered = origins.find(({ host, port }) => host === this.#answered?.host && port === this.#answered.port);
    return answered === undefined ? origins : [answered, ...origins.filter((origin) => origin !== answered)];
  }
}
