/**
 * The doctor's directories: probe/ reads the system (and changes nothing), check/ judges what was read, one topic a file,
 * pure. A finding is one line of text and one object in JSON. The list of checks is closed and public: names never change;
 * docs/doctor.md lists them.
 */
import { present } from "../present.ts";
import { FAULTS, type Facts, type Fault, type FaultCode } from "../verify/errors.ts";

/** Every check with its title, in the order of the report. */
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
  "metadata-instance": "instance of the metadata",
  region: "region",
  domain: "service domain",
  signer: "signer's chain",
  staples: "signer's staples",
  sshd: "sshd",
  "sshd-config": "sshd's configuration",
  "sshd-start": "sshd's command line",
  "sshd-running": "sshd process",
  "sshd-listening": "sshd that listens",
  include: "drop-ins included",
  command: "AuthorizedKeysCommand",
  "command-path": "command's owner and mode",
  "command-arguments": "command's arguments",
  "command-user": "command's user",
  chained: "chained command",
  relay: "relay",
  slots: "slots of the relay",
  socket: "service's socket",
  service: "warm service",
  "service-sandbox": "service's sandbox",
  pubkey: "PubkeyAuthentication",
  "match-blocks": "Match blocks",
  principals: "principals command",
  "other-commands": "other commands",
  account: "account",
  "login-users": "who may log in",
  "login-keys": "accepted key types",
  nologin: "nologin files",
  pam: "PAM's account rules",
  session: "session",
  "session-variables": "session's variables",
  penalties: "penalties by address",
  policy: "host policy",
  selinux: "SELinux",
  apparmor: "AppArmor",
  log: "log",
  "last-call": "last call",
} as const;

/** Version of the JSON form. Fields may be added; none is renamed or removed. */
export const FINDINGS_FORMAT = 1;

export type Check = keyof typeof CHECKS;

export type Status = "ok" | "warning" | "failed" | "not-applicable";

export interface Finding {
  readonly check: Check;
  readonly status: Status;
  /** Lower case, no full stop, one line. Foreign text in it is quoted. */
  readonly message: string;
  /** The action to take; present with every failure. */
  readonly hint?: string;
  /** Set if it is the Fault that a login would end with. */
  readonly code?: FaultCode;
  readonly facts?: Facts;
  /** True if it was not examined because that requires root. */
  readonly needsRoot?: true;
}

/** Returns functions that make the findings of one check. */
export function describeCheck(check: Check) {
  return {
    ok: (message: string, facts?: Facts): Finding => present({ check, status: "ok", message, facts }),
    warning: (message: string, hint: string, facts?: Facts): Finding =>
      present({ check, status: "warning", message, hint, facts }),
    failed: (message: string, hint: string, facts?: Facts): Finding =>
      present({ check, status: "failed", message, hint, facts }),
    notApplicable: (message: string): Finding => ({ check, status: "not-applicable", message }),
    needsRoot: (what: string): Finding => ({
      check,
      status: "not-applicable",
      message: `not checked: ${what} requires root`,
      needsRoot: true,
    }),
    /** The Fault that a login would end with. */
    fault: ({ code, message, facts }: Fault): Finding =>
      present({
        check,
        status: "failed",
        message: `${message} (${code})`,
        hint: FAULTS[code],
        code,
        facts: Object.keys(facts).length === 0 ? undefined : facts,
      }),
  };
}

/** Either the value, or the Fault that a login would end with. */
export type Result<T> =
  | { readonly kind: "value"; readonly value: T }
  | { readonly kind: "fault"; readonly fault: Fault };
