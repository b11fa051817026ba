/**
 * The settings and anchors in force, and all data that is cached under them. Each call checks whether the files are still
 * those that were read, and whether the clock was set. After a change, everything is discarded and read again. A Fault in
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

/** @typeParam C the caches under this configuration */
export interface Configured<C> {
  readonly settings: Settings;
  readonly anchors: readonly Anchor[];
  readonly caches: C;
}

interface Loaded<C> extends Configured<C> {
  /** Of all the files that were read. */
  readonly identity: string;
  /** Whether no file changed so shortly before the read that another change might not be visible. */
  readonly isSettled: boolean;
  /** Number of the read, in the order in which reads began. */
  readonly generation: number;
}

export interface ConfigurationOptions<C> {
  /** The file of --config. */
  readonly named: string | undefined;
  readonly clock: Clock;
  createCaches(settings: Settings, anchors: readonly Anchor[]): C;
  /** Called when everything was discarded. */
  onInvalidation?(why: "settings" | "clock"): void;
}

export class Configuration<C> {
  readonly #options: ConfigurationOptions<C>;
  #loaded: Loaded<C> | undefined;
  #generation = 0;
  /** Milliseconds from the monotonic clock to the time of day, at the last call. */
  #clockOffset: number | undefined;

  constructor(options: ConfigurationOptions<C>) {
    this.#options = options;
  }

  /** @throws Fault FILE_*, SETTINGS_INVALID, ANCHORS_INVALID */
  async current(): Promise<Configured<C>> {
    if (this.#hasClockJumped()) {
      this.#loaded = undefined;
      this.#options.onInvalidation?.("clock");
    }
    const loaded = this.#loaded;
    if (loaded?.isSettled && loaded.identity === identityOf(this.#paths(loaded.settings)).identity) return loaded;
    return this.#load();
  }

  /** The configuration of the last call; only for guessing what the next one will need. */
  get last(): Configured<C> | undefined {
    return this.#loaded;
  }

  async #load(): Promise<Configured<C>> {
    const { named, createCaches, onInvalidation, clock } = this.#options;
    this.#generation += 1;
    const generation = this.#generation;
    // The files are examined before they are read, so that a change in between is detected.
    const file = identityOf(this.#paths(undefined));
    const settings = await loadSettings(named);
    const anchorFiles = identityOf(this.#paths(settings).slice(1));
    const anchors = await loadAnchors(settings, named !== undefined);
    const changedMs = Math.max(file.changedMs, anchorFiles.changedMs);
    const state = {
      identity: joinIdentities(file.identity, anchorFiles.identity),
      isSettled: clock.now().getTime() - changedMs > MTIME_GRANULARITY_MS,
      generation,
    };
    const before = this.#loaded;
    // The file was read again only because it might have changed within the same tick, and it has not changed.
    if (before?.identity === state.identity && sameRules(before, { settings, anchors })) {
      this.#loaded = { ...before, ...state };
      return this.#loaded;
    }
    const loaded = { settings, anchors, caches: createCaches(settings, anchors), ...state };
    if (before === undefined || before.generation < generation) this.#loaded = loaded;
    if (before !== undefined) onInvalidation?.("settings");
    return loaded;
  }

  #paths(settings: Settings | undefined): string[] {
    const { named = SETTINGS_PATH } = this.#options;
    const files = [named, settings?.anchors, settings?.extraAnchors];
    return files.filter((path) => path !== undefined);
  }

  /** Checks whether the clock was set, or the machine slept, which the monotonic clock does not count. */
  #hasClockJumped(): boolean {
    const { clock } = this.#options;
    const offset = clock.now().getTime() - clock.monotonic();
    const before = this.#clockOffset ?? offset;
    this.#clockOffset = offset;
    return Math.abs(offset - before) > CLOCK_JUMP_MS && this.#loaded !== undefined;
  }
}

/** Joins identities as identityOf does for all the files together. */
const joinIdentities = (...identities: string[]): string => identities.filter((one) => one !== "").join(" ");

const sameRules = (a: Pick<Configured<unknown>, "settings" | "anchors">, b: typeof a): boolean =>
  isDeepStrictEqual(a.settings, b.settings) && isDeepStrictEqual(ders(a.anchors), ders(b.anchors));

const ders = (anchors: readonly Anchor[]): Uint8Array[] => anchors.map(({ der }) => der);
