/** Name constraints (RFC 5280 §4.2.1.10), as far as they bind the one kind of name that matters here: dNSName. */
import { CERTIFICATE } from "../bounds.ts";
import { constructed, DerError, DerReader, type Element, primitive, TAG } from "../der/der.ts";

export interface NameConstraints {
  /** Undefined where no dNSName subtree is permitted by name: then all are. */
  readonly permitted: readonly string[] | undefined;
  readonly excluded: readonly string[];
  /** True where names of other kinds are bound too. Nothing here can keep those, so such an issuer is refused. */
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

/** The base of each GeneralSubtree: a GeneralName. */
function subtreeBases(list: Element | undefined): Element[] {
  if (list === undefined) return [];
  const subtrees = new DerReader(list.content).rest(TAG.sequence, CERTIFICATE.subtrees, "subtrees");
  // SIZE (1..MAX): an empty list of what is permitted would permit everything to one reader, nothing to another.
  if (subtrees.length === 0) throw new DerError("name constraints with an empty list");
  return subtrees.map(({ content }) => {
    const subtree = new DerReader(content);
    const base = subtree.any();
    subtree.end(); // RFC 5280: minimum is 0 and so left out, maximum is absent
    return base;
  });
}

const isDnsName = ({ tag }: Element): boolean => tag === primitive(2);
const textOf = ({ content }: Element): string => Buffer.from(content).toString("latin1").toLowerCase();

/** Two steps of a call ask the same of the same certificates. */
const alreadyHeld = new WeakMap<NameConstraints, WeakMap<readonly string[], boolean>>();

/** True when every one of `names` is permitted and none is excluded. */
export function permits(constraints: NameConstraints, names: readonly string[]): boolean {
  const held = alreadyHeld.get(constraints) ?? new WeakMap<readonly string[], boolean>();
  const holds = held.get(names) ?? keep(constraints, names);
  alreadyHeld.set(constraints, held.set(names, holds));
  return holds;
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

/** A base binds itself and every name under it; the empty base binds all. A leading dot, seen in practice, means under. */
function isWithin(name: string, base: string): boolean {
  if (base === "" || name === base) return true;
  return name.endsWith(base.startsWith(".") ? base : `.${base}`);
}
