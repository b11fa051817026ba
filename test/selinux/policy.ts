/** Questions to a linked policy, from what sesearch and seinfo print of it. */

/** `allow SOURCE TARGET:CLASS { PERMISSION… };`, perhaps with a boolean's state behind it. */
export interface Rule {
  readonly source: string;
  readonly target: string;
  readonly class: string;
  readonly permissions: readonly string[];
}

const RULE = /^(allow|dontaudit) (\S+) (\S+):(\S+) (?:\{ ([^}]*) \}|(\S+));/;
const TRANSITION = /^type_transition (\S+) (\S+):process (\S+);/;

export class Policy {
  readonly rules: readonly Rule[];
  /** What is denied without a line in the audit log. */
  readonly unaudited: readonly Rule[];
  /** `SOURCE PROGRAM DOMAIN`: what becomes of a process that starts a program. */
  readonly transitions: readonly string[];
  readonly permissive: readonly string[];
  readonly #attributes = new Map<string, readonly string[]>();

  constructor(rules: string, types: string, permissive: string) {
    const lines = rules.split("\n");
    const ofKind = (wanted: string) =>
      lines.flatMap((line): Rule[] => {
        const [, kind, source = "", target = "", object = "", many, one] = RULE.exec(line) ?? [];
        return kind === wanted ? [{ source, target, class: object, permissions: (many ?? one ?? "").split(" ") }] : [];
      });
    this.rules = ofKind("allow");
    this.unaudited = ofKind("dontaudit");
    this.transitions = lines.flatMap((line) => TRANSITION.exec(line)?.slice(1).join(" ") ?? []);
    for (const [, name = "", rest = ""] of types.matchAll(/^\s+type (\w+)(?: alias [^,;]*)?(?:, ([^;]*))?;/gm))
      this.#attributes.set(name, rest.split(/,\s*/));
    this.permissive = [...permissive.matchAll(/^\s+type (\w+)/gm)].map(([, name = ""]) => name);
    if (this.rules.length < 10_000 || this.#attributes.size < 1000) throw new Error("that is no whole policy");
  }

  has(type: string): boolean {
    return this.#attributes.has(type);
  }

  /** What holds for a type: rules for itself, and for every attribute that it has. */
  #names(type: string): Set<string> {
    const attributes = this.#attributes.get(type);
    if (attributes === undefined) throw new Error(`no type ${type}`);
    return new Set([type, ...attributes]);
  }

  /** The rules for a domain that grant one of these permissions, whatever the state of booleans. */
  grants(source: string, permissions: readonly string[], object?: string): Rule[] {
    const names = this.#names(source);
    return this.rules.filter(
      (rule) =>
        names.has(rule.source) &&
        (object === undefined || rule.class === object) &&
        rule.permissions.some((permission) => permissions.includes(permission)),
    );
  }

  /** Whether a domain may do all of it to a type. */
  may(source: string, target: string, object: string, permissions: readonly string[]): boolean {
    const targets = this.#names(target);
    return permissions.every((permission) =>
      this.grants(source, [permission], object).some((rule) => targets.has(rule.target)),
    );
  }

  /** Whether a domain is denied something to a type, if it is denied, without a line in the audit log. */
  isSilentOn(source: string, target: string, object: string, permission: string): boolean {
    const [sources, targets] = [this.#names(source), this.#names(target)];
    return this.unaudited.some(
      (rule) =>
        sources.has(rule.source) &&
        targets.has(rule.target) &&
        rule.class === object &&
        rule.permissions.includes(permission),
    );
  }

  /** The types and attributes that may do it to a type. */
  who(target: string, object: string, permission: string): string[] {
    const targets = this.#names(target);
    const found = this.rules.filter(
      (rule) => rule.class === object && targets.has(rule.target) && rule.permissions.includes(permission),
    );
    return [...new Set(found.map(({ source }) => source))].sort();
  }

  /** The types and attributes to which it may do it. */
  toWhom(source: string, object: string, permission: string): string[] {
    return [...new Set(this.grants(source, [permission], object).map(({ target }) => target))].sort();
  }
}
