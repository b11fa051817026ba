/** Queries of a linked policy, from the output of sesearch and seinfo. */

/** `allow SOURCE TARGET:CLASS { PERMISSION… };`, possibly followed by the state of a boolean. */
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
  /** Rules for denials without a line in the audit log. */
  readonly unaudited: readonly Rule[];
  /** `SOURCE PROGRAM DOMAIN`: the domain of a process after it starts a program. */
  readonly transitions: readonly string[];
  readonly permissive: readonly string[];
  readonly #attributes = new Map<string, readonly string[]>();

  /** @param least minimum number of rules, so that no empty output passes for a whole policy */
  constructor(rules: string, types: string, permissive: string, least = 10_000) {
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
    if (this.rules.length < least || this.#attributes.size < least / 10) throw new Error("that is no whole policy");
  }

  has(type: string): boolean {
    return this.#attributes.has(type);
  }

  /** Returns the names whose rules apply to a type: the type itself, and every attribute that it has. */
  #names(type: string): Set<string> {
    const attributes = this.#attributes.get(type);
    if (attributes === undefined) throw new Error(`no type ${type}`);
    return new Set([type, ...attributes]);
  }

  /** Returns the rules for a domain that grant one of these permissions, regardless of the state of booleans. */
  grants(source: string, permissions: readonly string[], object?: string): Rule[] {
    const names = this.#names(source);
    return this.rules.filter(
      (rule) =>
        names.has(rule.source) &&
        (object === undefined || rule.class === object) &&
        rule.permissions.some((permission) => permissions.includes(permission)),
    );
  }

  /** Returns whether a domain has all of these permissions for a type. */
  may(source: string, target: string, object: string, permissions: readonly string[]): boolean {
    const targets = this.#names(target);
    return permissions.every((permission) =>
      this.grants(source, [permission], object).some((rule) => targets.has(rule.target)),
    );
  }

  /** Returns whether a denial of this permission for a type leaves no line in the audit log. */
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

  /** Returns the types and attributes that have this permission for a type. */
  who(target: string, object: string, permission: string): string[] {
    const targets = this.#names(target);
    const found = this.rules.filter(
      (rule) => rule.class === object && targets.has(rule.target) && rule.permissions.includes(permission),
    );
    return [...new Set(found.map(({ source }) => source))].sort();
  }

  /** Returns the types and attributes for which a domain has this permission. */
  toWhom(source: string, object: string, permission: string): string[] {
    return [...new Set(this.grants(source, [permission], object).map(({ target }) => target))].sort();
  }
}
