/**
 * The settings and anchors in force, and with them all that is remembered: each call looks whether the files are still
 * those that were read, and whether the clock was set. If not, everything is forgotten and read again. A Fault there is
 * a Fault for every call.
 */
import { isDeepStrictEqual } from "node:util";
import { loadAnchors } from "../../dependencies.ts";
import { loadSettings, SETTINGS_PATH, type Settings } from "../../settings.ts";
import type { Anchor } from "../../verify/x509/anchor.ts";
import type { Clock } from "../clock.ts";
import { identityOf } from "./file-identity.ts";

/**
 * Milliseconds: times of change have a resolution of one tick of the kernel, and of far more on some file systems. A
 * file that changed so short a time before it was read is read again by the next call.
 */
const MTIME_GRANULARITY_MS = 1000;
/** Milliseconds by which the time of day may differ from what the other clock has made of it; slewing is far below. */
const CLOCK_JUMP_MS = 2000;

export interface Configured<R> {
  readonly settings: Settings;
  readonly anchors: readonly Anchor[];
  readonly remembered: R;
}

interface Loaded<R> extends Configured<R> {
  readonly stamp: string;
  readonly settled: boolean;
  /** In the order in which they were begun. */
  readonly turn: number;
}

export interface ConfigurationOptions<R> {
  /** The file of --config. */
  readonly named: string | undefined;
  readonly clock: Clock;
  /** Begins with nothing remembered. */
  open(settings: Settings, anchors: readonly Anchor[]): R;
  /** Everything was forgotten. */
  changed?(why: "settings" | "clock"): void;
}

export class Configuration<R> {
  readonly #options: ConfigurationOptions<R>;
  #held: Loaded<R> | undefined;
  #turn = 0;
  #offset: number | undefined;

  constructor(options: ConfigurationOptions<R>) {
    this.#options = options;
  }

  /** @throws Fault FILE_*, SETTINGS_INVALID, ANCHORS_INVALID */
  async current(): Promise<Configured<R>> {
    if (this.#hasJumped()) {
      this.#held = undefined;
      this.#options.changed?.("clock");
    }
    const held = this.#held;
    if (held?.settled && held.stamp === identityOf(this.#paths(held.settings)).text) return held;
    return this.#read();
  }

  /** What was in force for the last call; only for guessing what the next one will need. */
  get last(): Configured<R> | undefined {
    return this.#held;
  }

  async #read(): Promise<Configured<R>> {
    const { named, open, changed, clock } = this.#options;
    this.#turn += 1;
    const turn = this.#turn;
    // Looked at before it is read: a change in between shows.
    const file = identityOf(this.#paths(undefined));
    const settings = await loadSettings(named);
    const rest = identityOf(this.#paths(settings).slice(1));
    const anchors = await loadAnchors(settings, named !== undefined);
    const latest = Math.max(file.changed, rest.changed);
    const state = {
      stamp: stampText(file.text, rest.text),
      settled: clock.now().getTime() - latest > MTIME_GRANULARITY_MS,
      turn,
    };
    const before = this.#held;
    // The same file, read again only because it may have changed within a tick: and it has not.
    if (before?.stamp === state.stamp && sameRules(before, { settings, anchors })) {
      this.#held = { ...before, ...state };
      return this.#held;
    }
    const fresh = { settings, anchors, remembered: open(settings, anchors), ...state };
    if (before === undefined || before.turn < turn) this.#held = fresh;
    if (before !== undefined) changed?.("settings");
    return fresh;
  }

  #paths(settings: Settings | undefined): string[] {
    const { named = SETTINGS_PATH } = this.#options;
    const files = [named, settings?.anchors, settings?.extraAnchors];
    return files.filter((path) => path !== undefined);
  }

  /** Somebody set the clock, or the machine slept, which the monotonic clock does not count. */
  #hasJumped(): boolean {
    const { clock } = this.#options;
    const offset = clock.now().getTime() - clock.monotonic();
    const before = this.#offset ?? offset;
    this.#offset = offset;
    return Math.abs(offset - before) > CLOCK_JUMP_MS && this.#held !== undefined;
  }
}

/** As identityOf has it for all of them. */
const stampText = (...texts: string[]): string => texts.filter((text) => text !== "").join(" ");

const sameRules = (a: Pick<Configured<unknown>, "settings" | "anchors">, b: typeof a): boolean =>
  isDeepStrictEqual(a.settings, b.settings) && isDeepStrictEqual(ders(a.anchors), ders(b.anchors));

const ders = (anchors: readonly Anchor[]): Uint8Array[] => anchors.map(({ der }) => der);
