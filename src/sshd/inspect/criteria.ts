/**
 * Builds a connection that a Match block applies to, so that `sshd -T -C` can be asked what is in force inside it. The rules
 * are in servconf.c, match_cfg_line() and match.c. This file only chooses the query; the answer is sshd's. Pure.
 */
import { isIP } from "node:net";
import type { Connection } from "./effective.ts";

/** An account, with the names of all its groups. */
export interface Person {
  readonly name: string;
  readonly groups: readonly string[];
}

interface Criterion {
  readonly about: string;
  readonly list: readonly string[];
}

/** Criteria that `-C` has a word for, except user and group. */
const OF_THE_CONNECTION = {
  host: "host",
  address: "addr",
  localaddress: "laddr",
  localport: "lport",
  rdomain: "rdomain",
} as const satisfies Record<string, keyof Connection>;

/**
 * Returns a connection for which all conditions hold.
 * @param match the conditions of the blocks that contain a line, all of which must hold
 * @param people accounts of this system; the first one is preferred if a block has no user criterion
 * @returns undefined if no connection can be named: no account is in the group, or the criterion is not known here
 */
export function connectionFor(match: readonly string[], people: readonly Person[]): Connection | undefined {
  const criteria = match.flatMap(criteriaIn);
  const user = userFor(criteria, people);
  if (user === undefined) return undefined;
  const connection: Record<string, string> = { user };
  for (const { about, list } of criteria) {
    if (about === "user" || about === "group" || about === "all") continue;
    const word = OF_THE_CONNECTION[about as keyof typeof OF_THE_CONNECTION];
    const value = word === undefined ? undefined : valueFor(about, list);
    if (word === undefined || value === undefined) return undefined;
    connection[word] ??= value;
  }
  return connection as unknown as Connection;
}

/** Parses `User bob Address 10.0.0.0/8`, also with equals signs: each criterion with its list of patterns. */
function criteriaIn(condition: string): Criterion[] {
  const words = [...condition.matchAll(/"([^"]*)"|([^\s="]+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
  const criteria: Criterion[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const about = words[at]?.toLowerCase() ?? "";
    if (about.startsWith("#")) break;
    if (about === "all") {
      criteria.push({ about, list: [] });
      continue;
    }
    at += 1;
    criteria.push({ about, list: (words[at] ?? "").split(",") });
  }
  return criteria;
}

/** Returns the groups whose members a block holds for, without patterns. */
export const groupsNamedIn = (match: readonly string[]): string[] =>
  match
    .flatMap(criteriaIn)
    .flatMap(({ about, list }) => (about === "group" ? list.filter((name) => /^[^*?!]+$/.test(name)) : []));

function userFor(criteria: readonly Criterion[], people: readonly Person[]): string | undefined {
  const users = criteria.filter(({ about }) => about === "user").map(({ list }) => list);
  const groups = criteria.filter(({ about }) => about === "group").map(({ list }) => list);
  // A Match block can hold for a name that has no account, unless it has a group criterion.
  const named = users.flatMap((list) => list.filter((one) => !one.startsWith("!"))).map(spelled);
  const isIn = (name: string) => {
    const own = people.find((person) => person.name === name)?.groups ?? [];
    return groups.every(
      (list) => own.some((group) => fits(list, group)) && !own.some((group) => isBarred(list, group)),
    );
  };
  const all = [...people.map(({ name }) => name), ...named];
  return all.find((name) => /^[^,\s]+$/.test(name) && users.every((list) => fits(list, name)) && isIn(name));
}

/** Implements match_pattern_list(): a value that a negated pattern matches does not match the list. */
const fits = (list: readonly string[], value: string): boolean =>
  !isBarred(list, value) && list.some((pattern) => !pattern.startsWith("!") && fitsOne(pattern, value));
const isBarred = (list: readonly string[], value: string): boolean =>
  list.some((pattern) => pattern.startsWith("!") && fitsOne(pattern.slice(1), value));

function fitsOne(pattern: string, value: string): boolean {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`, "s").test(value);
}

/** Returns a text that matches a pattern. */
const spelled = (pattern: string): string => pattern.replaceAll("*", "x").replaceAll("?", "x");

/** Returns a value that a list accepts: for a host, a name that matches a pattern; for addresses, see addressFor(). */
function valueFor(about: string, list: readonly string[]): string | undefined {
  if (about === "address" || about === "localaddress") return addressFor(list);
  const named = list.filter((one) => !one.startsWith("!")).map(spelled);
  return named.find((value) => /^[^,\s]+$/.test(value) && fits(list, value));
}

/** Returns a network's own address or the next one; for a pattern, an address with digits in place of the wildcards. */
function addressFor(list: readonly string[]): string | undefined {
  const barred = list.filter((one) => one.startsWith("!")).map((one) => one.slice(1).replace(/\/\d+$/, ""));
  const addresses = list
    .filter((one) => !one.startsWith("!"))
    .flatMap((one) => {
      const [address = ""] = one.split("/");
      if (address.includes(":")) return [address, address.replace(/[^:]*$/, "1")];
      if (isIP(address) !== 0) return [address, address.replace(/\d+$/, (last) => String(Number(last) + 1))];
      const figures = address.replaceAll("*", "1").replaceAll("?", "1").split(".");
      return [[...figures, "1", "1", "1"].slice(0, 4).join(".")];
    });
  return addresses.find((one) => isIP(one) !== 0 && !barred.some((pattern) => fitsOne(pattern, one)));
}
