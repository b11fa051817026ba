/** Users that the bench asks for: with no key, one key or forty keys, taken in turn. */
import { setTimeout as after } from "node:timers/promises";
import { DOCUMENT_TTL_MS } from "../src/service/limits.ts";
import type { Metadata } from "./metadata.ts";

/** Keys that each kind of user has. */
export const KEYS = { none: 0, one: 1, forty: 40 } as const;
export type Kind = keyof typeof KEYS;

/** Milliseconds after which keys are pushed again; they are valid for 300 s. */
const RENEW_MS = 120_000;
/** Users of each kind: enough that the bench hardly ever has to wait for the next user. */
const MANY = 24;
/** Milliseconds after which no cache contains a user's document any more. */
const FORGOTTEN_MS = DOCUMENT_TTL_MS + 100;

export class Users {
  readonly #metadata: Metadata;
  /** Time of the last call for each user; the user with the oldest call is first. */
  #turns: Record<Kind, Map<string, number>> = { none: new Map(), one: new Map(), forty: new Map() };
  #pushedAt = Number.NEGATIVE_INFINITY;

  constructor(metadata: Metadata) {
    this.#metadata = metadata;
  }

  /** Pushes keys for new users if the keys of the present users are old. Must not be called during a measurement. */
  async renew(): Promise<void> {
    if (performance.now() - this.#pushedAt < RENEW_MS) return;
    this.#pushedAt = performance.now();
    for (const [kind, keys] of Object.entries(KEYS) as [Kind, number][]) {
      const names = Array.from({ length: MANY }, (_, i) => `${kind}-${Math.round(this.#pushedAt)}-${i}`);
      if (keys > 0) for (const name of names) await this.#metadata.push(name, keys);
      this.#turns[kind] = new Map(names.map((name) => [name, Number.NEGATIVE_INFINITY]));
    }
  }

  /** Returns a user whose document no service caches: no call has asked for that user for two seconds. */
  async fresh(kind: Kind): Promise<string> {
    const turns = this.#turns[kind];
    const [[name, asked] = ["", 0]] = turns;
    const left = asked + FORGOTTEN_MS - performance.now();
    if (left > 0) await after(left);
    turns.delete(name);
    turns.set(name, performance.now());
    return name;
  }
}
