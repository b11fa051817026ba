/** Many people with a key each, who log in at once. */
import type { Finished } from "../../support/namespace-run.ts";
import { PEOPLE, type Person } from "../../support/sshd-accounts.ts";
import { type KeyPair, newKey } from "../../support/sshd-keys.ts";
import type { WarmInstance } from "../../support/warm-instance.ts";

export interface Login {
  readonly user: Person;
  readonly key: KeyPair;
}

/** One who was not let in as himself. */
export interface Lost extends Finished {
  readonly user: Person;
  /** What sshd says of commands that failed, for all of them: it does not say for whom. */
  readonly commands: readonly string[];
}

/**
 * Seconds. Longer than a real key's sixty, since on a busy machine a crowd's keys take as long to be made and used; not
 * longer than an end may lie ahead (docs/protocol.md).
 */
const LIFETIME = 300;
/** Keys that are made side by side. */
const AT_ONCE = 8;

/** So many people, in turn, each with a new key that was pushed for him. */
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

/** All at once. @returns those that did not get in */
export async function loggedIn({ sshd }: WarmInstance, people: readonly Login[]): Promise<Lost[]> {
  const from = sshd.log.lines.length;
  const all = people.map(async ({ user, key }) => ({ user, ...(await sshd.login(user, [key])) }));
  const lost = (await Promise.all(all)).filter(({ user, status, stdout }) => status !== 0 || stdout !== `${user}\n`);
  const commands = sshd.log.lines.slice(from).filter((line) => /AuthorizedKeysCommand .* (failed|exited)/.test(line));
  return lost.map((one) => ({ ...one, commands }));
}
