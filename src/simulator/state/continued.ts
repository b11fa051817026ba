/** Applies what an earlier start has kept to the settings of this start, and collects what the next start needs. Pure. */
import type { PrincipalList } from "../api/principal-list.ts";
import { type Credentials, type Principal, type PrincipalOptions, principal } from "../api/principals.ts";
import type { Authority } from "../authority/authority.ts";
import type { InstanceList } from "../imds/instance-list.ts";
import { conditionOf, type Instance, type InstanceOptions, startCondition } from "../imds/instances.ts";
import { present } from "../present.ts";
import type { SavedState } from "./state-file.ts";

/** Returns the principals of the settings. One without credentials gets those that it had at an earlier start. */
export function continuedPrincipals(
  given: readonly [PrincipalOptions, ...PrincipalOptions[]],
  saved: SavedState | undefined,
): [Principal, ...Principal[]] {
  const left = [...(saved?.credentials ?? [])];
  const [first, ...others] = given;
  return [again(first), ...others.map(again)];

  function again(options: PrincipalOptions): Principal {
    const place = left.findIndex(({ arn }) => arn === options.arn);
    const [before] = place < 0 ? [] : left.splice(place, 1);
    const missing = options.accessKeyId === undefined && options.secretAccessKey === undefined;
    return principal(missing && before !== undefined ? { ...options, ...before } : options);
  }
}

/** Returns the instances of the settings, with the conditions that were changed while an earlier simulator ran. */
export function continuedInstances<T extends readonly InstanceOptions[]>(given: T, saved: SavedState | undefined): T {
  return given.map((one) => ({ ...one, ...saved?.conditions[one.id] })) as readonly InstanceOptions[] as T;
}

/** @param given the instances of the settings, without what an earlier start has kept */
export function stateOf(
  authority: Authority,
  instances: InstanceList,
  principals: PrincipalList,
  given: readonly InstanceOptions[],
): SavedState {
  const added = principals.added();
  return {
    version: 1,
    authority: authority.saved(),
    credentials: principals.all.filter((one) => !added.includes(one)).map(credentialsOf),
    conditions: Object.fromEntries(
      given.flatMap((options) => {
        const one = instances.byId.get(options.id);
        return one === undefined || isAsGiven(one, options) ? [] : [[one.id, conditionOf(one)]];
      }),
    ),
    principals: added,
    instances: instances.added(),
  };
}

function credentialsOf({ arn, accessKeyId, secretAccessKey, sessionToken }: Principal): Credentials & { arn: string } {
  return present({ arn, accessKeyId, secretAccessKey, sessionToken });
}

function isAsGiven(one: Instance, options: InstanceOptions): boolean {
  const { state, available, serialConsole } = startCondition(options);
  return one.state === state && one.available === available && one.serialConsole === serialConsole;
}
