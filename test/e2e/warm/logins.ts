/** Many users with a key each, who log in at once. */
import type { Finished } from "../../support/namespace-run.ts";
import { PEOPLE, type Person } from "../../support/sshd-accounts.ts";
import { type KeyPair, newKey } from "../../support/sshd-keys.ts";
import type { WarmInstance } from "../../support/warm-instance.ts";

export interface Login {
  readonly user: Person;
  readonly key: KeyPair;
}

/** A login that did not succeed as its user. */
export interface Lost extends Finished {
  readonly user: Person;
  /** sshd's log lines about failed commands, of all logins: sshd does not log the user. */
  readonly commands: readonly string[];
}

/**
 * Lifetime of a key in seconds. It is longer than the 60 s of a real key, since on a busy machine making and using a crowd's
 * keys takes that long. It is not longer than an expiry may be in the future (docs/protocol.md).
 */
const LIFETIME = 300;
/** Number of keys that are made in parallel. */
const AT_ONCE = 8;

/** Makes `count` logins for the users in turn, each with a new key that was pushed for that user. */
export async function pushed(instance: WarmInstance, count: number): Promise<Login[]> {
  const made: Login[] = [];
  for (let from = 0; from < count; from += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - from) }, async (_, n): Promise<Login> => {
      const user = PEOPLE[(from + n) % PEOPLE.length] ?? PEOPLE[0];
      const key = await newKey(instance.namespace);
      await instance.push(user, key, LIFETIME);
      return { user, key };
    });
    made.push(...(await Promise.all(some)));
  }
  return made;
}

/** Logs all users in at once. @returns the logins that did not succeed */
export async function loggedIn({ sshd }: WarmInstance, people: readonly Login[]): Promise<Lost[]> {
  const from = sshd.log.lines.length;
  const all = people.map(async ({ user, key }) => ({ user, ...(await sshd.login(user, [key])) }));
  const lost = (await Promise.all(all)).filter(({ user, status, stdout }) => status !== 0 || stdout !== `${user}\n`);
  const commands = sshd.log.lines.slice(from).filter((line) => /AuthorizedKeysCommand .* (failed|exited)/.test(line));
  return lost.map((one) => ({ ...one, commands }));
}
