/** Plays one case: changes the service, pushes the keys, calls the command, judges its answers, and puts everything back. */
import { plainLine } from "../imds/document.ts";
import type { Push } from "../imds/key-store.ts";
import { present } from "../present.ts";
import { assess, type Failure } from "./assess.ts";
import { type Evidence, evidence } from "./evidence.ts";
import { becomeMachine } from "./place.ts";
import type { Answer, Ask, Case, PushedKey, StagedKey } from "./requirement.ts";
import { newKey } from "./ssh-key.ts";
import { keysOf, type Stage } from "./stage.ts";

export interface Played {
  readonly failures: readonly Failure[];
  readonly milliseconds: number;
  /** "PUT /latest/api/token 200", in order. */
  readonly requests: readonly string[];
  /** Only of a case that failed. */
  readonly evidence?: Evidence;
}

export interface Player {
  readonly stage: Stage;
  /** Whether the whole evidence of a failed case is needed, or only its document. */
  readonly isKept: boolean;
  /** Whether the command line has a place for a fingerprint. */
  readonly takesFingerprint: boolean;
  prepare(): Promise<void>;
  call(ask: Ask): Promise<Answer>;
}

export async function playCase({ stage, isKept, takesFingerprint, prepare, call }: Player, one: Case, user: string) {
  const { simulator } = stage;
  becomeMachine(one.machine ?? "nitro", simulator.instanceId);
  try {
    if (one.authority !== undefined) await stage.configure(one.authority);
    const keys = (one.pushes ?? [{ is: "printed" } as const]).map((key) => push(stage, key, user));
    await one.set?.(stage);
    const { document } = one;
    if (document !== undefined) stage.override(keysOf(user), (served) => latin1(document(served.toString("latin1"))));
    for (const fault of one.faults ?? []) simulator.faults.set(fault);
    await prepare();
    const before = simulator.requests.length;
    const asks = (one.asks?.(keys, user) ?? usualAsks(keys, user)).map((ask) =>
      takesFingerprint ? ask : { ...ask, fingerprint: "" },
    );
    const answers = one.atOnce === true ? await Promise.all(asks.map(call)) : await inOrder(distinct(asks), call);
    const requests = simulator.requests.slice(before);
    const failures = assess(one, { answers, keys, requests });
    simulator.faults.clear();
    return present({
      failures,
      milliseconds: answers.reduce((sum, { milliseconds }) => sum + milliseconds, 0),
      requests: requests.map(({ method, path, status }) => `${method} ${path} ${status}`),
      evidence: failures.length > 0 ? await evidence(stage, keysOf(user), isKept) : undefined,
    }) satisfies Played;
  } finally {
    await stage.reset();
  }
}

const latin1 = (text: string): Buffer => Buffer.from(text, "latin1");

/** Returns one call for each key of the user, since sshd makes one for each key that the client offers. */
function usualAsks(keys: readonly StagedKey[], user: string): Ask[] {
  return keys.filter((key) => key.user === user).map(({ fingerprint }) => ({ user, fingerprint }));
}

/** Without fingerprints several calls become the same. */
function distinct(asks: readonly Ask[]): Ask[] {
  const texts = asks.map((ask) => JSON.stringify(ask));
  return asks.filter((_, i) => texts.indexOf(texts[i] ?? "") === i);
}

async function inOrder(asks: readonly Ask[], call: Player["call"]): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const ask of asks) answers.push(await call(ask));
  return answers;
}

/** Seconds that a pushed key lives (API reference of SendSSHPublicKey). */
const LIFETIME = 60;

function push(stage: Stage, given: PushedKey, caseUser: string): StagedKey {
  const { simulator } = stage;
  const key = newKey(given.type);
  const { user = caseUser, lifetimeSeconds = LIFETIME, wrapSignatureAt } = given;
  const ends = Math.floor(simulator.clock.now().getTime() / 1000) + lifetimeSeconds;
  const usual = [
    `#Timestamp=${ends}`,
    `#Instance=${simulator.instanceId}`,
    "#Caller=arn:aws:sts::111122223333:assumed-role/Simulated/session",
    `#Request=${crypto.randomUUID()}`,
  ];
  const signature: Push["signature"] = given.signature?.(stage) ?? ((bytes) => stage.signing.signDocument(bytes));
  simulator.push({
    raw: true,
    user: plainLine("user", user),
    keyLine: given.line?.(key) ?? key.line,
    fields: given.fields?.(usual) ?? usual,
    lifetimeSeconds,
    // A key that has expired is still served: no real service does this, but an attacker may.
    lingerSeconds: 10 * LIFETIME - Math.min(0, lifetimeSeconds),
    signature,
    ...present({ wrapSignatureAt }),
  });
  return { ...key, is: given.is, user };
}
