/** Clients of the metadata service that share connections, the address that answered last, and the circuit breaker. */
import { Agent } from "node:http";
import type { Answering } from "../../metadata/addresses.ts";
import { MetadataClient } from "../../metadata/client.ts";
import { exchange } from "../../metadata/http-exchange.ts";
import type { TokenSource } from "../../metadata/token.ts";
import type { Settings } from "../../settings/defaults.ts";
import { CONNECT_MS, RECORD_MS, REQUEST_MS } from "../../settings/limits.ts";
import { Breaker } from "../admission/circuit-breaker.ts";
import type { Clock } from "../clock.ts";
import { METADATA_CONNECTIONS, METADATA_IDLE_CONNECTIONS, METADATA_IDLE_MS } from "../limits.ts";
import type { Counters } from "../telemetry/counters.ts";

export interface ClientRequest {
  readonly settings: Pick<Settings, "origins" | "deadlineMs">;
  /** By default, the client fetches its own. */
  readonly tokens?: TokenSource;
  /** Ends the requests of this client. */
  readonly signal: AbortSignal;
}

export interface MetadataClientsOptions {
  readonly counters: Counters;
  readonly clock: Clock;
  /** Called when the breaker was opened, or closed after so many seconds. */
  readonly onBreakerChange?: (state: "open" | "closed", seconds?: number) => void;
}

export class MetadataClients {
  readonly #counters: Counters;
  readonly #clock: Clock;
  readonly #agent = new Agent({
    keepAlive: true,
    maxSockets: METADATA_CONNECTIONS,
    maxTotalSockets: METADATA_CONNECTIONS,
    maxFreeSockets: METADATA_IDLE_CONNECTIONS,
    timeout: METADATA_IDLE_MS,
  });
  readonly #answering: Answering = { origin: undefined };
  readonly breaker: Breaker;

  constructor({ counters, clock, onBreakerChange = () => undefined }: MetadataClientsOptions) {
    this.#counters = counters;
    this.#clock = clock;
    this.breaker = new Breaker({ clock, changed: onBreakerChange });
  }

  /** Creates a client for one fetch, with the time limit of a call that begins now. */
  client({ settings, ...options }: ClientRequest): MetadataClient {
    const { origins, deadlineMs } = settings;
    const until = this.#clock.monotonic() + deadlineMs - RECORD_MS;
    const countedExchange: typeof exchange = (http, spec) => {
      this.#counters.asked(spec.path);
      return exchange(http, spec);
    };
    return new MetadataClient({
      ...options,
      origins,
      connectMs: CONNECT_MS,
      requestMs: REQUEST_MS,
      sockets: METADATA_CONNECTIONS,
      agent: this.#agent,
      answering: this.#answering,
      exchange: countedExchange,
      left: () => until - this.#clock.monotonic(),
      gate: (ways) => this.breaker.ask(ways),
    });
  }

  /** Forgets everything known about the metadata service, because the settings changed or the machine slept. */
  reset(): void {
    this.#answering.origin = undefined;
    this.breaker.reset();
  }

  close(): void {
    this.breaker.end();
    this.#agent.destroy();
  }
}
