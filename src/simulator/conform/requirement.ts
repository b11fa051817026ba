/** The form of a requirement and of its cases. A case describes what is served, and what a right answer contains. */
import type { AuthorityOptions } from "../authority/options.ts";
import type { FaultRule } from "../faults.ts";
import type { Push } from "../imds/key-store.ts";
import type { RequestRecord } from "../simulator.ts";
import type { Machine } from "./place.ts";
import type { SshKey } from "./ssh-key.ts";
import type { Stage } from "./stage.ts";

/** MUST: the reference agent does it, too, or a standard demands it. SHOULD: an agent that does not is worse, not wrong. */
export type Level = "MUST" | "SHOULD";

export interface Requirement {
  /** Stable: the topic and a number. A requirement that is dropped leaves its number unused. */
  readonly id: `${string}-${number}`;
  readonly level: Level;
  /** One sentence. */
  readonly text: string;
  /** The origin: a standard, a manual, AWS's documentation, or the reference agent. */
  readonly source: string;
  readonly cases: readonly Case[];
}

export interface Case {
  /** The service or the call in this case: a clause that completes "if". */
  readonly served: string;
  /** Changes of the served world; `stage` undoes them after the case. */
  readonly authority?: AuthorityOptions;
  readonly faults?: readonly FaultRule[];
  readonly machine?: Machine;
  readonly set?: (stage: Stage) => void | Promise<void>;
  /** Pushed keys. By default one that must be printed, for the user of the case. */
  readonly pushes?: readonly PushedKey[];
  /** Changes the whole document as served. */
  readonly document?: (text: string) => string;
  /** The calls of the command; by default one for each key of the case's user, or one without a fingerprint. */
  readonly asks?: (keys: readonly StagedKey[], user: string) => readonly Ask[];
  /** Whether the calls are made at once. */
  readonly atOnce?: true;
  /** Whether the command can only wait: such cases run next to the others. */
  readonly waits?: true;
  /** Whether it is about a command that is given the fingerprint of the offered key. */
  readonly needsFingerprint?: true;
  /** A further condition for the answers. Returns what would have been right, if it is not met. */
  readonly check?: (seen: Seen) => string | undefined;
}

export interface PushedKey {
  /** Whether the key is printed by an agent that meets the requirement. */
  readonly is: "printed" | "refused";
  /** The user for whom it is pushed; by default the user of the case. */
  readonly user?: string;
  readonly type?: "ssh-ed25519" | "ssh-rsa";
  /** The key line in the document; by default `type base64`. */
  readonly line?: (key: SshKey) => string;
  /** The field lines; `usual` are those of the service. */
  readonly fields?: (usual: readonly string[]) => readonly string[];
  readonly lifetimeSeconds?: number;
  readonly signature?: (stage: Stage) => Push["signature"];
  readonly wrapSignatureAt?: number;
}

/** A key as it was pushed in a run. */
export interface StagedKey extends SshKey {
  readonly is: PushedKey["is"];
  readonly user: string;
}

/** One call of the command. */
export interface Ask {
  readonly user: string;
  /** "SHA256:…"; empty if the command is not given one. */
  readonly fingerprint: string;
}

export interface Answer extends Ask {
  /** Null if a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly milliseconds: number;
  /** Whether it did not end within the limit, and was killed. */
  readonly killed: boolean;
}

/** The input of a case's condition. */
export interface Seen {
  readonly answers: readonly Answer[];
  readonly keys: readonly StagedKey[];
  /** Requests to the metadata service during the case. */
  readonly requests: readonly RequestRecord[];
}

/** Cases with one key, by what must become of it. */
export const printed = (served: string, more: Partial<Case> = {}): Case => ({ served, ...more });
export const refused = (served: string, more: Partial<Case> = {}): Case => ({
  served,
  pushes: [{ is: "refused" }],
  ...more,
});
export const printedKey = (served: string, key: Omit<PushedKey, "is">): Case => ({
  served,
  pushes: [{ ...key, is: "printed" }],
});
export const refusedKey = (served: string, key: Omit<PushedKey, "is">): Case => ({
  served,
  pushes: [{ ...key, is: "refused" }],
});
