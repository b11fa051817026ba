/**
 * The service as one object: it listens, answers, counts, and ends, either on request or after some time without a call.
 * When it ends, it accepts no new connection and finishes the open ones.
 */
import { createServer, type Server, type Socket } from "node:net";
import { Fault } from "../../verify/errors.ts";
import { AdmissionQueue } from "../admission/admission-queue.ts";
import { RateLimiter } from "../admission/rate-limiter.ts";
import { Caches } from "../cache/caches.ts";
import { Configuration } from "../cache/configuration.ts";
import { MetadataClients } from "../cache/metadata-clients.ts";
import type { Clock } from "../clock.ts";
import { CAPACITY, DOCUMENT_RATE, IDLE_MS, MAX_CONNECTIONS, MAX_SOCKETS, SIGNER_RATE, TOKEN_RATE } from "../limits.ts";
import { Records } from "../telemetry/audit-log.ts";
import { add, Counters } from "../telemetry/counters.ts";
import type { Output } from "../telemetry/log-stream.ts";
import { type Status, statusOf } from "../telemetry/status.ts";
import { serveConnection } from "./connection.ts";
import { type CallServices, ClientDisconnected, errorSummary, handleCall, ResourcesExhausted } from "./handle-call.ts";
import { handleTrial } from "./handle-trial.ts";
import { answerFrame, type CallRequest, statusFrame } from "./protocol.ts";

export interface ServiceOptions {
  /** The settings of --config. */
  readonly config: string | undefined;
  readonly clock: Clock;
  readonly output: Output;
  readonly version: string;
  /** Milliseconds without a call after which the service ends. */
  readonly idleMs?: number;
}

export type ExitReason = "idle" | "signalled" | "log-closed";

export class Service {
  readonly #options: ServiceOptions;
  readonly #services: CallServices;
  readonly #metadata: MetadataClients;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #began: number;
  readonly #started: Date;
  readonly #ended = Promise.withResolvers<ExitReason>();
  #lastCall: number;
  #ending: ExitReason | undefined;
  #cancelIdle: () => void = () => undefined;

  constructor(options: ServiceOptions) {
    const { config: named, clock, output } = options;
    const counters = new Counters();
    const metadata = new MetadataClients({
      counters,
      clock,
      onBreakerChange: (state, seconds) => this.#breakerChanged(state, seconds),
    });
    const rateLimiters = {
      documents: new RateLimiter(DOCUMENT_RATE, clock),
      signers: new RateLimiter(SIGNER_RATE, clock),
      tokens: new RateLimiter(TOKEN_RATE, clock),
    };
    const records = new Records(output, clock, counters);
    const configuration = new Configuration({
      named,
      clock,
      createCaches: (settings) => new Caches(settings, { metadata, clock, rateLimiters }),
      onInvalidation: (why) => {
        add(counters.invalidations, why);
        metadata.reset();
        void records.notice("info", "service-cache-cleared", { why });
      },
    });
    this.#options = options;
    this.#metadata = metadata;
    this.#services = {
      clock,
      counters,
      records,
      configuration,
      queue: new AdmissionQueue(CAPACITY, clock),
      named: named !== undefined,
    };
    this.#began = clock.monotonic();
    this.#started = clock.now();
    this.#lastCall = this.#began;
    this.#server = createServer((socket) => this.#connected(socket));
    void output.closed.then(() => this.end("log-closed"));
  }

  /** @param listen makes the server listen */
  async start(listen: (server: Server) => Promise<void>): Promise<void> {
    await listen(this.#server);
    this.#waitForIdle();
  }

  /** Resolves when the service has ended and all calls are finished. */
  get ended(): Promise<ExitReason> {
    return this.#ended.promise;
  }

  /** Accepts no new calls and finishes the open ones. */
  end(why: ExitReason): void {
    if (this.#ending !== undefined) return;
    this.#ending = why;
    this.#cancelIdle();
    this.#server.close();
    void this.#finish();
  }

  status(): Status {
    const { version, clock } = this.#options;
    const { counters, queue, configuration } = this.#services;
    const caches = configuration.last?.caches;
    const signer = caches?.signers.current;
    const { breaker } = this.#metadata;
    return statusOf(counters, {
      program: { version, node: process.versions.node },
      uptime: (clock.monotonic() - this.#began) / 1000,
      started: this.#started,
      inProgress: queue.inProgress,
      waiting: queue.waiting,
      documents: caches?.documents.size ?? 0,
      breaker: { state: breaker.state, seconds: Math.floor(breaker.openFor ?? 0) },
      signer:
        signer === undefined
          ? null
          : {
              name: signer.name,
              age: Math.floor((clock.monotonic() - signer.since) / 1000),
              until: signer.until.toISOString(),
            },
    });
  }

  /** Counts and logs a change of the breaker once, and not per call. */
  #breakerChanged(state: "open" | "closed", seconds = 0): void {
    const { counters, records } = this.#services;
    add(counters.breaker, state);
    const fields = state === "open" ? {} : { seconds: Math.round(seconds) };
    const level = state === "open" ? "warning" : "info";
    void records.notice(level, `metadata-breaker-${state}`, fields);
  }

  #connected(socket: Socket): void {
    const since = this.#options.clock.monotonic();
    if (this.#sockets.size >= MAX_SOCKETS) {
      this.#services.counters.rejected += 1;
      socket.on("error", () => undefined).destroy();
      return;
    }
    this.#sockets.add(socket);
    const onClose = () => {
      this.#sockets.delete(socket);
      void this.#finish();
    };
    const isCrowded = this.#sockets.size > MAX_CONNECTIONS;
    serveConnection(socket, this.#options.clock, {
      answer: (received, disconnected) =>
        isCrowded && !isNote(received) ? this.#rejectBusy() : this.#answerRequest(received, since, disconnected),
      onRejected: () => {
        this.#services.counters.rejected += 1;
      },
      onClose,
    });
  }

  /** Answers "busy", but only after the request has arrived: a client that is still sending would not read the answer. */
  async #rejectBusy(): Promise<Buffer> {
    add(this.#services.counters.endings, "busy");
    return answerFrame("busy");
  }

  /** Answers one request. A failure in one call does not affect any other call. */
  async #answerRequest(received: CallRequest, since: number, disconnected: AbortSignal): Promise<Buffer | undefined> {
    if (received.kind === "status") return statusFrame(JSON.stringify(this.status()));
    const { counters, clock, records } = this.#services;
    // A call that a one-shot program answered also postpones the idle exit: its count must be kept until it is scraped.
    this.#lastCall = clock.monotonic();
    if (received.kind === "note") {
      add(counters.oneShots, received.ending);
      return undefined;
    }
    if (received.kind === "trial-note") {
      add(counters.trial, received.comparison);
      return undefined;
    }
    if (received.kind === "trial") return this.#compare(received, since, disconnected);
    counters.calls += 1;
    try {
      const { outcome, lines } = await handleCall(received.request, since, disconnected, this.#services);
      if (outcome !== "busy") counters.latency.add(clock.monotonic() - since);
      return answerFrame(outcome, lines);
    } catch (error) {
      if (error instanceof ClientDisconnected || error instanceof ResourcesExhausted) return undefined;
      if (!(error instanceof Fault)) await records.crash(errorSummary(error));
      counters.failed(error);
      return answerFrame("fault");
    }
  }

  /** Returns an empty answer when a report of a trial has been handled; without one, the relay runs the one-shot program. */
  async #compare(
    trial: CallRequest & { kind: "trial" },
    since: number,
    disconnected: AbortSignal,
  ): Promise<Buffer | undefined> {
    try {
      await handleTrial(trial, since, disconnected, this.#services);
      return answerFrame("answered");
    } catch (error) {
      if (!(error instanceof ClientDisconnected)) await this.#services.records.crash(errorSummary(error));
      return undefined;
    }
  }

  #waitForIdle(): void {
    const { clock, idleMs = IDLE_MS } = this.#options;
    const left = this.#lastCall + idleMs - clock.monotonic();
    if (left <= 0 && this.#sockets.size === 0) {
      this.end("idle");
      return;
    }
    this.#cancelIdle = clock.after(Math.max(left, Math.min(1000, idleMs)), () => this.#waitForIdle());
  }

  async #finish(): Promise<void> {
    if (this.#ending === undefined || this.#sockets.size > 0) return;
    await this.#services.records.flush();
    this.#metadata.close();
    this.#ended.resolve(this.#ending);
  }
}

/** A note needs no reply, and costs nothing. */
const isNote = ({ kind }: CallRequest): boolean => kind === "note" || kind === "trial-note";
