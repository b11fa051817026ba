/**
 * The users as which the metadata service was asked, and the consequences for a login: the warm service asks as its own
 * user, the one-shot program as the user of sshd's command. Firewalls filter by user. Pure.
 */
import { type Check, describeCheck, type Finding } from "../finding.ts";

/** The findings that one user got; a text if that user could not ask. */
export interface AskedBy {
  readonly name: string;
  readonly told: readonly Finding[] | string;
}

export interface WhoAsks {
  /** The user of the warm service, if it answers sshd's calls. */
  readonly service: AskedBy | undefined;
  /** The user of sshd's command. */
  readonly command: AskedBy | undefined;
  /** The user who runs the doctor; asked if another user got no answer. */
  readonly self: AskedBy;
}

/** Checks whose result depends on the user who asks. */
const BY_USER: readonly Check[] = ["metadata-ipv4", "metadata-ipv6", "token"];

const FIREWALL =
  "a firewall that lets only some users reach the metadata address? nft list ruleset, or iptables -S OUTPUT: let ";

/**
 * Merges the findings of the users.
 * @param without makes the findings if asking as a user was impossible, from the reason
 */
export function judgeWhoAsks({ service, command, self }: WhoAsks, without: (why: string) => Finding[]): Finding[] {
  const first = service ?? command ?? self;
  if (typeof first.told === "string") {
    const why = `not asked: this program could not switch to ${first.name} (${first.told})`;
    return without(why).map((finding) =>
      finding.check === "token"
        ? describeCheck("token").warning(why, `to find the cause: eic-agent explain USER`)
        : finding,
    );
  }
  const findings = first.told.map((finding) => named(finding, first.name));
  const hindered =
    isReached(first.told) || first === self || !isReached(self.told) ? findings : withFirewall(findings, first, self);
  return service === undefined || command === undefined || command.name === service.name
    ? hindered
    : withOneShot(hindered, command, service);
}

/** Checks whether the user got a token. */
export const isReached = (told: AskedBy["told"]): boolean =>
  typeof told !== "string" && told.some(({ check, status }) => check === "token" && status === "ok");

/** Adds the user who asked, if the result depends on it. */
function named(finding: Finding, name: string): Finding {
  if (!BY_USER.includes(finding.check) || finding.status === "not-applicable") return finding;
  return { ...finding, message: `${finding.message}, asked as ${name}`, facts: { ...finding.facts, user: name } };
}

/** Adds that another user gets an answer, so the metadata service is not turned off. */
function withFirewall(findings: readonly Finding[], { name }: AskedBy, self: AskedBy): Finding[] {
  return findings.map((finding) =>
    BY_USER.includes(finding.check) && finding.status === "failed"
      ? { ...finding, message: `${finding.message}; ${self.name} gets an answer`, hint: `${FIREWALL}${name} do so` }
      : finding,
  );
}

/**
 * Warns if only the service's user gets a token. sshd's command asks as another user, and only if the service does not
 * answer.
 */
function withOneShot(findings: readonly Finding[], command: AskedBy, service: AskedBy): Finding[] {
  if (isReached(command.told) || !isReached(service.told)) return [...findings];
  const message = `given, asked as ${service.name}, the service's user; not to ${command.name}, the user that runs sshd's command: while the service does not answer, every call fails`;
  const hint = `${FIREWALL}${command.name} do so, too; or set AuthorizedKeysCommandUser ${service.name}`;
  return findings.map((finding) =>
    finding.check === "token" ? describeCheck("token").warning(message, hint, { user: command.name }) : finding,
  );
}
