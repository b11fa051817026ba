/** The instances of a running simulator: those of its start, and what was added, changed and removed since then. */
import type { Address } from "../server.ts";
import {
  changeCondition,
  conditionOf,
  type Instance,
  type InstanceCondition,
  type InstanceOptions,
} from "./instances.ts";
import { type SharedParts, type StartedInstance, startInstance } from "./start-instances.ts";

export interface InstanceList {
  readonly all: readonly [Instance, ...Instance[]];
  readonly byId: ReadonlyMap<string, Instance>;
  /** @throws Error if there is no such instance; without an id, returns the first */
  get(id?: string): Instance;
  /** @throws Error if its id is taken, or its address */
  add(options: InstanceOptions): Promise<Instance>;
  /** @throws Error for an unknown instance or an invalid value */
  change(id: string | undefined, change: Partial<InstanceCondition>): Instance;
  /** Also ends its metadata service. @throws Error for the first instance, which all other settings refer to */
  remove(id: string): Promise<void>;
  /** Ends all keys, and puts back the instances and conditions of the start. */
  reset(): Promise<void>;
  /** Options of the instances that were added since the start. */
  added(): InstanceOptions[];
  close(): Promise<void>;
}

/** One instance of the start, as a reset starts it again. */
interface Beginning {
  readonly options: InstanceOptions;
  readonly addresses: readonly Address[];
  readonly condition: InstanceCondition;
}

/** @param more options of further instances, which count as added since the start: those that an earlier run has kept */
export async function startInstances(world: SharedParts, more: readonly InstanceOptions[] = []): Promise<InstanceList> {
  const { instances: given, listen } = world.settings;
  const running = new Map<string, StartedInstance & { readonly options: InstanceOptions }>();
  const byId = new Map<string, Instance>();
  const start: Beginning[] = [];

  async function run(options: InstanceOptions, addresses: readonly Address[]): Promise<Instance> {
    if (byId.has(options.id)) throw new Error(`two instances have the same id: ${options.id}`);
    const started = await startInstance(world, options, addresses);
    running.set(options.id, { ...started, options });
    byId.set(options.id, started.instance);
    return started.instance;
  }

  async function end(id: string): Promise<void> {
    const one = running.get(id);
    running.delete(id);
    byId.delete(id);
    await one?.close();
  }

  async function close(): Promise<void> {
    await Promise.all([...running.values()].map((one) => one.close()));
  }

  try {
    for (const options of given) await run(options, options === given[0] ? [...listen, ...own(options)] : own(options));
    for (const { options, instance, addresses } of running.values()) {
      start.push({ options, addresses, condition: conditionOf(instance) });
    }
    for (const options of more) await run(options, own(options));
  } catch (error) {
    await close();
    throw error;
  }

  const get = (id = given[0].id): Instance => {
    const one = byId.get(id);
    if (one === undefined) throw new Error(`there is no instance ${id}`);
    return one;
  };
  return {
    get all() {
      const [first, ...others] = byId.values();
      return [first ?? get(), ...others] as const;
    },
    byId,
    get,
    close,
    add: (options) => run(options, own(options)),
    change(id, change) {
      const one = get(id);
      changeCondition(one, change);
      return one;
    },
    async remove(id) {
      if (get(id) === get()) throw new Error(`${id} is the first instance, which cannot be removed`);
      await end(id);
    },
    async reset() {
      const added = [...byId.keys()].filter((id) => !start.some(({ options }) => options.id === id));
      for (const id of added) await end(id);
      for (const { options, addresses, condition } of start) {
        const one = byId.get(options.id) ?? (await run(options, addresses));
        changeCondition(one, condition);
        one.keys.expire();
        one.serialPort.expire();
        // Deleted and set again, so that the order is that of the start.
        byId.delete(one.id);
        byId.set(one.id, one);
      }
    },
    added: () =>
      [...running.values()]
        .filter(({ options }) => !start.some((one) => one.options.id === options.id))
        .map(({ options, instance, addresses: [at] }) => ({
          ...options,
          ...conditionOf(instance),
          ...(at === undefined ? {} : { metadata: at }),
        })),
  };
}

const own = ({ metadata }: InstanceOptions): Address[] => (metadata === undefined ? [] : [metadata]);
