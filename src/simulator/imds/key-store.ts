/** The pushed keys of an instance: every push ends here. Keys are kept until they expire, and are served as documents. */
import { randomUUID } from "node:crypto";
import { fingerprintIn } from "../api/ssh-public-key.ts";
import type { DocumentScheme } from "../authority/key-pairs.ts";
import type { Clock } from "../clock.ts";
import { present } from "../present.ts";
import { type Block, documentOf, plainLine } from "./document.ts";

/** Lifetime of a pushed key in seconds (API reference of SendSSHPublicKey). */
const LIFETIME = 60;

interface AnyPush {
  user: string;
  /** Seconds for which it is served; LIFETIME by default. */
  lifetimeSeconds?: number;
  /** Seconds for which it is still served after it expired: no real service does this, a replaying service might. */
  lingerSeconds?: number;
  /** The signature: by default as the service makes it, else by another scheme, or by a function of the signed bytes. */
  signature?: DocumentScheme | ((signed: Buffer) => Uint8Array);
  /** Columns after which its base64 is wrapped; one line by default. */
  wrapSignatureAt?: number;
}

export interface KeyPush extends AnyPush {
  raw?: false;
  /** "ssh-ed25519 AAAA… comment", without control characters. */
  publicKey: string;
  caller?: string;
  requestId?: string;
  /** Id of the instance that the document names: this instance by default. */
  instance?: string;
}

/** For attack tests: `keyLine` and `fields` are printed byte for byte, without checks, and signed properly. */
export interface RawPush extends AnyPush {
  raw: true;
  keyLine: string;
  /** Lines above the key line, with their `#`; by default those of an ordinary push. */
  fields?: readonly string[];
}

export type Push = KeyPush | RawPush;

export interface Pushed {
  at: Date;
  user: string;
  requestId: string;
  /** "SHA256:…" as ssh-keygen -l prints it; empty if a raw key line contains nothing like a key. */
  fingerprint: string;
  expires: Date;
}

export interface PushStore {
  push(push: Push): Pushed;
  /** Returns the present content of `active-keys/<user>/`; undefined if no key is live. */
  document(user: string): Buffer | undefined;
  /** Returns all live keys, oldest first. */
  live(): Pushed[];
  /** Ends all keys, or those of one user, as if their time were over. Returns the number of keys that it ended. */
  expire(user?: string): number;
}

export interface Origin {
  readonly instanceId: string;
  readonly caller: string;
}

interface StoredKey extends Pushed, Block {
  servedUntil: number;
}

/** @param sign signs a document with the present signer; after a change of the signer, it is signed again */
export function pushStore(
  origin: Origin,
  clock: Clock,
  signer: () => object,
  sign: (bytes: Uint8Array, how?: DocumentScheme) => Buffer,
): PushStore {
  let kept: StoredKey[] = [];

  function prune(): StoredKey[] {
    const now = clock.now().getTime();
    kept = kept.filter((one) => one.servedUntil > now);
    return kept;
  }

  return {
    push(push) {
      const requestId = (push.raw ? undefined : push.requestId) ?? randomUUID();
      const lifetime = push.lifetimeSeconds ?? LIFETIME;
      // The document has its time in whole seconds, and a key must not be served after that time.
      const at = clock.now();
      const until = (Math.floor(at.getTime() / 1000) + lifetime) * 1000;
      const expires = new Date(until);
      const keyLine = push.raw ? push.keyLine : plainLine("public key", push.publicKey.trim());
      const { signature, wrapSignatureAt } = push;
      const user = push.raw ? push.user : plainLine("user", push.user);
      const pushed: Pushed = { at, user, requestId, fingerprint: fingerprintIn(keyLine), expires };
      kept.push({
        ...pushed,
        lines: [...fieldsOf(push, origin, requestId, expires), keyLine],
        ...present({ signature, wrapSignatureAt }),
        servedUntil: until + (push.lingerSeconds ?? 0) * 1000,
      });
      return pushed;
    },
    document(user) {
      const blocks = prune().filter((one) => one.user === user);
      return blocks.length === 0 ? undefined : documentOf(blocks, signer(), sign);
    },
    expire(user) {
      const before = prune().length;
      kept = user === undefined ? [] : kept.filter((one) => one.user !== user);
      return before - kept.length;
    },
    live: () =>
      prune().map(({ at, user, requestId, fingerprint, expires }) => ({ at, user, requestId, fingerprint, expires })),
  };
}

function fieldsOf(push: Push, origin: Origin, requestId: string, expires: Date): readonly string[] {
  if (push.raw && push.fields) return push.fields;
  const { instance = origin.instanceId, caller = origin.caller } = push.raw ? {} : push;
  return [
    `#Timestamp=${expires.getTime() / 1000}`,
    `#Instance=${plainLine("instance", instance)}`,
    `#Caller=${plainLine("caller", caller)}`,
    `#Request=${plainLine("request id", requestId)}`,
  ];
}
