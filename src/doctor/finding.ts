/**
 * The doctor's rooms: probe/ looks (and changes nothing), check/ judges what was seen, one topic a
 * file, pure. A finding is one line for people and one object in JSON. The list of checks is closed and public: names are
 * never changed; docs/doctor.md lists them.
 */
import { FAULTS, type Facts, type Fault, type FaultCode } from "../verify/errors.ts";

/** Every check in the order in which it is told, with its title. */
export const CHECKS = {
  instance: "EC2 instance",
  identity: "instance identity",
  settings: "settings",
  anchors: "trust anchors",
  "metadata-ipv4": "metadata over IPv4",
  "metadata-ipv6": "metadata over IPv6",
  token: "metadata token",
  latency: "metadata latency",
  clock: "clock",
  "metadata-instance": "whose metadata",
  region: "region",
  domain: "service domain",
  signer: "signer's chain",
  staples: "signer's staples",
  sshd: "sshd",
  "sshd-config": "sshd's configuration",
  "sshd-start": "sshd's command line",
  "sshd-running": "sshd that runs",
  "sshd-listening": "sshd that listens",
  include: "drop-ins included",
  command: "AuthorizedKeysCommand",
  "command-path": "command's owner and mode",
  "command-words": "command's words",
  "command-user": "command's user",
  chained: "chained command",
  relay: "relay",
  slots: "slots of the relay",
  socket: "service's socket",
  service: "warm service",
  "service-reach": "service's reach",
  pubkey: "PubkeyAuthentication",
  "match-blocks": "Match blocks",
  principals: "principals command",
  "other-agents": "other agents",
  account: "account",
  "login-users": "who may log in",
  "login-keys": "keys that sshd takes",
  nologin: "nologin files",
  pam: "PAM's account rules",
  session: "session",
  penalties: "penalties by address",
  policy: "host policy",
  selinux: "SELinux",
  apparmor: "AppArmor",
  log: "log",
  "last-call": "last call",
} as const;

export type Check = keyof typeof CHECKS;

export type Status = "ok" | "warning" | "failed" | "not-applicable";

export interface Finding {
  readonly check: Check;
  readonly status: Status;
  /** Lower case, no full stop, one line. Foreign text in it is quoted. */
  readonly says: string;
  /** What to do; with every failure. */
  readonly hint?: string;
  /** Where it is the Fault that a login would end with. */
  readonly code?: FaultCode;
  readonly facts?: Facts;
  /** True where it was not looked at because that takes root. */
  readonly needsRoot?: true;
}

/** How the findings of one check are made. */
export function describeCheck(check: Check) {
  const withFacts = (facts: Facts | undefined) => (facts === undefined ? {} : { facts });
  return {
    ok: (says: string, facts?: Facts): Finding => ({ check, status: "ok", says, ...withFacts(facts) }),
    warning: (says: string, hint: string, facts?: Facts): Finding => ({
      check,
      status: "warning",
      says,
      hint,
      ...withFacts(facts),
    }),
    failed: (says: string, hint: string, facts?: Facts): Finding => ({
      check,
      status: "failed",
      says,
      hint,
      ...withFacts(facts),
    }),
    notApplicable: (says: string): Finding => ({ check, status: "not-applicable", says }),
    needsRoot: (what: string): Finding => ({
      check,
      status: "not-applicable",
      says: `not looked at: ${what} takes root`,
      needsRoot: true,
    }),
    /** What a login would end with. */
    fault: ({ code, message, facts }: Fault): Finding => ({
      check,
      status: "failed",
      says: `${message} (${code})`,
      hint: FAULTS[code],
      code,
      ...(Object.keys(facts).length === 0 ? {} : { facts }),
    }),
  };
}

/** Either what was looked for, or the Fault that a login would end with. */
export type Got<T> = { readonly value: T } | { readonly fault: Fault };
