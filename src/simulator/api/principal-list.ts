/** The principals of a running simulator: those of its start, and what was added, changed and removed since then. */
import { byAccessKey, type Permissions, type Principal, type PrincipalOptions, principal } from "./principals.ts";

export interface PrincipalList {
  readonly all: readonly [Principal, ...Principal[]];
  readonly byAccessKey: ReadonlyMap<string, Principal>;
  /** @throws Error if its access key id is taken */
  add(options: PrincipalOptions): Principal;
  /**
   * Replaces the permissions that are named; one that is undefined has its default again.
   * @param which its ARN or its access key id
   * @throws Error if no principal, or more than one, has this ARN
   */
  change(which: string, change: PermissionChange): Principal;
  /** @throws Error as `change`, and for the first principal, whose credentials are in aws.env */
  remove(which: string): void;
  /** Puts back the principals of the start. */
  reset(): void;
  /** The principals that were added since the start. */
  added(): Principal[];
}

export type PermissionChange = { readonly [name in keyof Permissions]?: Permissions[name] | undefined };

/** @param more further principals, which count as added since the start: those that an earlier run has kept */
export function principalList(
  start: readonly [Principal, ...Principal[]],
  more: readonly Principal[] = [],
): PrincipalList {
  const [first] = start;
  const list = byAccessKey([...start, ...more]);

  function find(which: string): Principal {
    const found = [...list.values()].filter(({ arn, accessKeyId }) => arn === which || accessKeyId === which);
    const [one, another] = found;
    if (one === undefined) throw new Error(`there is no principal ${which}`);
    if (another !== undefined)
      throw new Error(`${which} is the ARN of ${found.length} principals: name an access key id`);
    return one;
  }

  return {
    get all() {
      const [one = first, ...others] = list.values();
      return [one, ...others] as const;
    },
    byAccessKey: list,
    add(options) {
      const one = principal(options);
      if (list.has(one.accessKeyId)) throw new Error(`two principals have the same access key id: ${one.accessKeyId}`);
      list.set(one.accessKeyId, one);
      return one;
    },
    change(which, change) {
      const before = find(which);
      const given = Object.entries({ ...before, ...change }).filter(([, value]) => value !== undefined);
      const one = Object.fromEntries(given) as unknown as Principal;
      list.set(before.accessKeyId, one);
      return one;
    },
    remove(which) {
      const { accessKeyId, arn } = find(which);
      if (accessKeyId === first.accessKeyId) throw new Error(`${arn} is the first principal, which cannot be removed`);
      list.delete(accessKeyId);
    },
    reset() {
      list.clear();
      for (const one of start) list.set(one.accessKeyId, one);
    },
    added: () => [...list.values()].filter(({ accessKeyId }) => !start.some((one) => one.accessKeyId === accessKeyId)),
  };
}
