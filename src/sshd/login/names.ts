/** sshd's patterns: for one name, for lists with negation, and for USER@HOST. They follow OpenSSH's match.c. Pure. */
import { BlockList, isIP } from "node:net";

/** The client's origin, as far as it is known. sshd knows a client by its address unless UseDNS is set. */
export interface Client {
  readonly address: string;
  readonly host: string;
}

/** Implements match_pattern(): `*` and `?`, case-sensitive. */
export function matchesPattern(text: string, pattern: string): boolean {
  const escaped = pattern.replace(/[\\^$.|+()[\]{}]/g, "\\$&");
  return new RegExp(`^${escaped.replace(/\*+/g, "[^]*").replace(/\?/g, "[^]")}$`).test(text);
}

/** Implements match_pattern_list(): separated by commas; a matching pattern with a leading `!` overrides all others. */
export function matchesList(text: string, list: string): boolean {
  const patterns = list.split(",");
  const negated = patterns.filter((one) => one.startsWith("!")).map((one) => one.slice(1));
  if (negated.some((one) => matchesPattern(text, one))) return false;
  return patterns.some((one) => !one.startsWith("!") && matchesPattern(text, one));
}

/** `depends`: the result depends on the client's address, which is not known. */
export type Match = "yes" | "no" | "depends";

/**
 * Implements match_user(): the part after an `@` is about the client. If a pattern has several, OpenSSH 9.2 splits it at the
 * first and 10.0 at the last: if the results differ, the answer is not known.
 */
export function matchesUser(user: string, pattern: string, client: Client | undefined): Match {
  const cuts = new Set([pattern.indexOf("@"), pattern.lastIndexOf("@")]);
  const [match = "no", other = match] = [...cuts].map((at) => matchesAt(user, pattern, at, client));
  return match === other ? match : "depends";
}

function matchesAt(user: string, pattern: string, at: number, client: Client | undefined): Match {
  if (at === -1) return matchesPattern(user, pattern) ? "yes" : "no";
  if (!matchesPattern(user, pattern.slice(0, at))) return "no";
  const hosts = pattern.slice(at + 1);
  if (hosts === "*") return "yes";
  if (client === undefined) return "depends";
  return matchesClient(client, hosts) ? "yes" : "no";
}

/** Implements match_host_and_ip(): first the address, with ranges (a negated match is final); then the name. */
function matchesClient({ address, host }: Client, list: string): boolean {
  let found = false;
  for (const pattern of list.split(",")) {
    const isNegated = pattern.startsWith("!");
    const range = isNegated ? pattern.slice(1) : pattern;
    if (!(inRange(address, range) ?? matchesPattern(address, range))) continue;
    if (isNegated) return false;
    found = true;
  }
  return found || matchesList(host.toLowerCase(), list.toLowerCase());
}

/** Returns undefined if `range` is neither an address nor a range of addresses. */
function inRange(address: string, range: string): boolean | undefined {
  const [net = "", bits] = range.split("/");
  const family = isIP(net);
  if (family === 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits))) return undefined;
  const whole = family === 4 ? 32 : 128;
  if (Number(bits ?? whole) > whole) return undefined;
  if (isIP(address) !== family) return false;
  const list = new BlockList();
  const name = family === 4 ? "ipv4" : "ipv6";
  list.addSubnet(net, Number(bits ?? whole), name);
  return list.check(address, name);
}
