/** Objects with properties that may be absent. The simulator shares no code with the agent, so it has a present.ts, too. */

/** The same object type, with a property that may be undefined as one that may be absent. */
type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Returns the object without its undefined properties, as `exactOptionalPropertyTypes` demands of an optional one. */
export const present = <const T extends object>(values: T): Present<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Present<T>;
