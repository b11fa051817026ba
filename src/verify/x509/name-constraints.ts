/** Name constraints (RFC 5280 §4.2.1.10) for the only kind of name that matters here: dNSName. */
import { CERTIFICATE } from "../bounds.ts";
import { constructed, DerError, DerReader, type Element, primitive, TAG } from "../der/der.ts";

export interface NameConstraints {
  /** Undefined if no dNSName subtree is listed as permitted: then all names are permitted. */
  readonly permitted: readonly string[] | undefined;
  readonly excluded: readonly string[];
  /** True if names of other kinds are constrained too. These cannot be checked here, so such an issuer is refused. */
  readonly otherKinds: boolean;
}

export function readNameConstraints(value: Uint8Array): NameConstraints {
  const fields = DerReader.inside(value);
  const permitted = fields.optional(constructed(0));
  const excluded = fields.optional(constructed(1));
  fields.end();
  if (permitted === undefined && excluded === undefined) throw new DerError("name constraints that constrain nothing");
  const bases = { permitted: subtreeBases(permitted), excluded: subtreeBases(excluded) };
  const names = bases.permitted.filter(isDnsName).map(textOf);
  return {
    permitted: names.length > 0 ? names : undefined,
    excluded: bases.excluded.filter(isDnsName).map(textOf),
    otherKinds: ![...bases.permitted, ...bases.excluded].every(isDnsName),
  };
}

/** Returns the base of each GeneralSubtree: a GeneralName. */
function subtreeBases(list: Element | undefined): Element[] {
  if (list === undefined) return [];
  const subtrees = new DerReader(list.content).rest(TAG.sequence, CERTIFICATE.subtrees, "subtrees");
  // SIZE (1..MAX): an empty permitted list would permit everything for one reader, and nothing for another.
  if (subtrees.length === 0) throw new DerError("name constraints with an empty list");
  return subtrees.map(({ content }) => {
    const subtree = new DerReader(content);
    const base = subtree.any();
    subtree.end(); // RFC 5280: minimum is 0 and so omitted, maximum is absent
    return base;
  });
}

const isDnsName = ({ tag }: Element): boolean => tag === primitive(2);
const textOf = ({ content }: Element): string => Buffer.from(content).toString("latin1").toLowerCase();

/** Two steps of a call check the same names against the same constraints; the result is kept. */
const alreadyHeld = new WeakMap<NameConstraints, WeakMap<readonly string[], boolean>>();

/** Checks whether every one of `names` is permitted and none is excluded. */
export function permits(constraints: NameConstraints, names: readonly string[]): boolean {
  const held = alreadyHeld.get(constraints) ?? new WeakMap<readonly string[], boolean>();
  const arePermitted = held.get(names) ?? keep(constraints, names);
  alreadyHeld.set(constraints, held.set(names, arePermitted));
  return arePermitted;
}

function keep(constraints: NameConstraints, names: readonly string[]): boolean {
  const { permitted, excluded } = constraints;
  return names
    .map((name) => name.toLowerCase())
    .every(
      (name) =>
        (permitted === undefined || permitted.some((base) => isWithin(name, base))) &&
        !excluded.some((base) => isWithin(name, base)),
    );
}

/**
 * Checks whether a base covers the name: the base itself and every name under it; the empty base covers all names. With a
 * leading dot, as seen in practice, it covers only the names under it.
 */
function isWithin(name: string, base: string): boolean {
  if (base === "" || name === base) return true;
  return name.endsWith(base.startsWith(".") ? base : `.${base}`);
}
