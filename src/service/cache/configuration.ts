/**
 * The settings and anchors in force, and all data that is cached under them. Each call checks whether the files are still
 * those that were read, and whether the clock was set. After a change, everything is forgotten and read again. A Fault in
 * reading is a Fault for every call.
 */
import { isDeepStrictEqual } from "node:util";
import { loadAnchors } from "../../dependencies.ts";
import type { Settings } from "../../settings/defaults.ts";
import { SETTINGS_PATH } from "../../settings/limits.ts";
import { loadSettings } from "../../settings/load.ts";
import type { Anchor } from "../../verify/x509/anchor.ts";
import type { Clock } from "../clock.ts";
import { identityOf } from "./file-identity.ts";

/**
 * Milliseconds. Change times have a resolution of one tick of the kernel, and a far coarser one on some file systems. A file
 * that changed less than this before it was read is read again by the next call.
 */
const MTIME_GRANULARITY_MS = 1000;
/** Milliseconds by which the time of day may deviate from the monotonic clock; slewing is far below. */
const CLOCK_JUMP_MS = 2000;

export interface Configured<R> {
  readonly settings: Settings;
  readonly anchors: readonly Anchor[];
  readonly remembered: R;
}

interface Loaded<R> extends Configured<R> {
  readonly stamp: string;
  readonly settled: boolean;
  /** Number of the read, in the order in which reads began. */
  readonly turn: number;
}

export interface ConfigurationOptions<R> {
  /** The file of --config. */
  readonly named: string | undefined;
  readonly clock: Clock;
  /** Creates empty caches. */
  open(settings: Settings, anchors: readonly Anchor[]): R;
  /** Called when everything was forgotten. */
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

  /** The configuration of the last call; only for guessing what the next one will need. */
  get last(): Configured<R> | undefined {
    return this.#held;
  }

  async #read(): Promise<Configured<R>> {
    const { named, open, changed, clock } = this.#options;
    this.#turn += 1;
    const turn = this.#turn;
    // The files are examined before they are read, so that a change in between is detected.
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
    // The file was read again only because it might have changed within the same tick, and it has not changed.
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

  /** Checks whether the clock was set, or the machine slept, which the monotonic clock does not count. */
  #hasJumped(): boolean {
    const { clock } = this.#options;
    const offset = clock.now().getTime() - clock.monotonic();
    const before = this.#offset ?? offset;
    this.#offset = offset;
    return Math.abs(offset - before) > CLOCK_JUMP_MS && this.#held !== undefined;
  }
}

/** Joins stamps as identityOf does for all the files together. */
const stampText = (...texts: string[]): string => texts.filter((text) => text !== "").join(" ");

const sameRules = (a: Pick<Configured<unknown>, "settings" | "anchors">, b: typeof a): boolean =>
  isDeepStrictEqual(a.settings, b.settings) && isDeepStrictEqual(ders(a.anchors), ders(b.anchors));

const ders = (anchors: readonly Anchor[]): Uint8Array[] => anchors.map(({ der }) => der);
