/**
 * `up --state DIR`: what one start of the simulator keeps for the next, in DIR/state.json. It contains private keys and
 * secrets, so another user may neither read it nor have written it.
 */
import { lstatSync, mkdirSync, readFileSync, renameSync, type Stats, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Credentials, Principal } from "../api/principals.ts";
import type { SavedAuthority } from "../authority/saved-authority.ts";
import type { InstanceCondition, InstanceOptions } from "../imds/instances.ts";

export interface SavedState {
  /** Number of this form. */
  readonly version: 1;
  readonly authority: SavedAuthority;
  /** Credentials of the principals of the start, by ARN and place among the principals with this ARN. */
  readonly credentials: readonly (Credentials & { readonly arn: string })[];
  /** Conditions of the instances of the start that were changed at run time, by id. */
  readonly conditions: Readonly<Record<string, InstanceCondition>>;
  /** Added at run time. */
  readonly principals: readonly Principal[];
  readonly instances: readonly InstanceOptions[];
}

export interface StateFile {
  /** Undefined if there is no file yet. */
  readonly saved: SavedState | undefined;
  save(state: SavedState): void;
}

/**
 * Creates the folder if it does not exist.
 * @throws Error if another user could read or change its content, or if the file has another form
 */
export function openState(given: string): StateFile {
  const folder = resolve(given);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  checkOwn(folder, lstatSync(folder), 0o022, "directory");
  const path = join(folder, "state.json");
  return {
    saved: readState(path),
    save(state) {
      const fresh = `${path}.${process.pid}`;
      writeFileSync(fresh, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
      // A simulator that is killed leaves the old file or the new one, never a part.
      renameSync(fresh, path);
    },
  };
}

function readState(path: string): SavedState | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  checkOwn(path, found, 0o077, "file");
  const state = parsed(path);
  if (state.version !== 1) throw new Error(`${path} has another form: version ${state.version}`);
  return state;
}

function parsed(path: string): SavedState {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as SavedState;
  } catch (cause) {
    throw new Error(`${path} is not the JSON that eic-simulator wrote`, { cause });
  }
}

/** @param forbidden bits of the mode that must not be set */
function checkOwn(path: string, found: Stats, forbidden: number, kind: "directory" | "file"): void {
  const right = kind === "directory" ? found.isDirectory() : found.isFile();
  if (!right) throw new Error(`${path} is not a ${kind}`);
  const uid = process.getuid?.() ?? 0;
  if (found.uid !== uid) throw new Error(`${path} belongs to another user (${found.uid})`);
  const mode = found.mode & 0o777;
  if ((mode & forbidden) !== 0) throw new Error(`${path} is open to other users (mode 0${mode.toString(8)})`);
}
