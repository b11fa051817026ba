/** Hosts on which the command runs, but something that it depends on is wrong: clock, metadata, signer, settings, log. */
import { chmodSync } from "node:fs";
import { type Broken, failed, NOT_APPLICABLE, ok, warning } from "./expected.ts";
import { DMI, type Host, LOGIN_LOG, SETTINGS } from "./healthy-host.ts";

const UNJUDGED = { signer: NOT_APPLICABLE, staples: NOT_APPLICABLE };
const NO_VALUES = { "metadata-instance": NOT_APPLICABLE, region: NOT_APPLICABLE, domain: NOT_APPLICABLE, ...UNJUDGED };
const NO_ADDRESS = { "metadata-ipv4": NOT_APPLICABLE, "metadata-ipv6": NOT_APPLICABLE, token: NOT_APPLICABLE };
const UNASKED = { ...NO_ADDRESS, latency: NOT_APPLICABLE, clock: NOT_APPLICABLE, ...NO_VALUES };
const NO_SETTINGS = {
  ...{ identity: NOT_APPLICABLE, anchors: NOT_APPLICABLE, "session-variables": NOT_APPLICABLE, log: NOT_APPLICABLE },
  ...UNASKED,
};

const AUDIT = '[audit]\ntarget = "journal"\n';

/** Returns a time in the format of Debian 12's rsyslog (RFC 3339). */
const hoursAgo = (hours: number): string => new Date(Date.now() - hours * 3_600_000).toISOString();

/** Appends `more` to the settings, and replaces their audit section with `audit`. */
function setting({ namespace, settings }: Host, more: string, audit = AUDIT): void {
  namespace.write(SETTINGS, settings.replace(AUDIT, audit) + more);
}

export const BROKEN_MACHINES: readonly Broken[] = [
  {
    title: "variables of a session, and an sshd that does not permit them",
    break: (host) => setting(host, '[session]\ncaller_variable = "EIC_CALLER"\n'),
    told: {
      "session-variables": warning(
        /^sshd does not set EIC_CALLER and EIC_REQUEST_ID in sessions: PermitUserEnvironment "no"$/,
        /^sudo eic-agent sshd enable writes the line$/,
      ),
    },
  },
  {
    title: "a clock that is fast",
    break: ({ simulator }) => simulator.tell("clock", { advance: -120 }),
    mend: ({ simulator }) => simulator.tell("clock", { advance: 120 }),
    told: { clock: failed(/1(19|20|21) s fast: every pushed key counts as expired/) },
  },
  {
    title: "a clock that is slow",
    break: ({ simulator }) => simulator.tell("clock", { advance: 600 }),
    mend: ({ simulator }) => simulator.tell("clock", { advance: -600 }),
    told: { clock: failed(/(599|60[01]) s slow, over clock_skew_seconds \(300\)/) },
  },
  {
    title: "a clock that is a little fast",
    break: ({ simulator }) => simulator.tell("clock", { advance: -20 }),
    mend: ({ simulator }) => simulator.tell("clock", { advance: 20 }),
    told: { clock: warning(/(19|20|21) s fast: pushed keys end that much earlier/) },
  },
  {
    title: "metadata that is turned off",
    break: ({ simulator }) => simulator.tell("fault", { fault: "403", path: "token" }),
    told: {
      token: failed(/turned off for this instance \(403\)/),
      latency: ok(/^a token in \d+ ms$/),
      ...{ "metadata-instance": NOT_APPLICABLE, region: NOT_APPLICABLE, domain: NOT_APPLICABLE },
      ...UNJUDGED,
    },
  },
  {
    title: "a hop limit that is too low",
    break: ({ simulator }) => simulator.tell("fault", { fault: "hang", path: "token" }),
    told: {
      "metadata-ipv4": failed(/169\.254\.169\.254 accepts connections but does not answer/),
      "metadata-ipv6": { status: "not-applicable", names: /^off, which it is by default$/ },
      token: failed(/api\/token/, "METADATA_TIMEOUT"),
      ...{ latency: NOT_APPLICABLE, clock: NOT_APPLICABLE },
      ...{ "metadata-instance": NOT_APPLICABLE, region: NOT_APPLICABLE, domain: NOT_APPLICABLE },
      ...UNJUDGED,
    },
  },
  {
    title: "staples that have ended",
    break: ({ simulator }) => simulator.tell("configure", { staples: { age: "stale" } }),
    mend: ({ simulator }) => simulator.tell("configure", { staples: { age: "current" } }),
    told: { staples: failed(/ended at/, "STAPLE_STALE") },
  },
  {
    title: "a signer that was revoked",
    break: ({ simulator }) => simulator.tell("revoke", { name: "signer" }),
    mend: ({ simulator }) => simulator.tell("rotate", { what: "signer" }),
    told: { staples: failed(/was revoked at/, "SIGNER_REVOKED") },
  },
  {
    title: "an invalid list of certificates",
    break: ({ simulator }) => simulator.tell("fault", { fault: "empty", path: "signer-cert" }),
    told: { signer: failed(/no certificate in it/, "SIGNER_MALFORMED"), staples: NOT_APPLICABLE },
  },
  {
    title: "a missing list of staples",
    break: ({ simulator }) => simulator.tell("fault", { fault: "404", path: "signer-ocsp" }),
    told: { staples: failed(/signer-ocsp\/: status 404/, "METADATA_STATUS") },
  },
  {
    title: "metadata of another instance",
    break: ({ namespace }) => namespace.write(DMI, "i-0123456789abcdef0\n"),
    told: {
      "metadata-instance": failed(
        /the metadata is of i-0abcdef1234567890, this is i-0123456789abcdef0/,
        "INSTANCE_MISMATCH",
      ),
    },
  },
  {
    title: "a machine that is not an EC2 instance",
    break: ({ namespace }) => namespace.write(DMI, "No Asset Tag\n"),
    told: { instance: failed(/neither DMI nor hypervisor/), identity: NOT_APPLICABLE, ...UNASKED },
  },
  {
    title: "an identity that is not checked",
    break: (host) => setting(host, "[instance]\ncheck_identity = false\n"),
    told: {
      identity: warning(/check_identity = false: an attacker who can answer/),
      "metadata-instance": ok(/this host has no id to compare it with/),
    },
  },
  {
    title: "settings that the command's user may not read",
    break: ({ namespace }) => chmodSync(namespace.outside(SETTINGS), 0o600),
    told: { settings: failed(/config\.toml cannot be read by eic-agent/) },
  },
  {
    title: "settings that others may write to",
    break: ({ namespace }) => chmodSync(namespace.outside(SETTINGS), 0o666),
    told: { settings: failed(/writable by group or others/, "FILE_UNTRUSTED"), ...NO_SETTINGS },
  },
  {
    title: "settings with an unknown name",
    break: (host) => setting(host, "[instance]\nidd = 1\n"),
    told: { settings: failed(/instance\.idd is not a known setting/, "SETTINGS_INVALID"), ...NO_SETTINGS },
  },
  {
    title: "missing anchors",
    break: ({ namespace }) =>
      namespace.write(SETTINGS, '[trust]\nanchors = "/run/eic/none.pem"\n[audit]\ntarget = "journal"\n'),
    told: { anchors: failed(/none\.pem: ENOENT/, "FILE_UNREADABLE"), ...UNJUDGED },
  },
  {
    title: "a record that is required and cannot be written",
    break: (host) => setting(host, '[audit]\ntarget = "syslog"\nrequired = true\n', ""),
    told: { log: failed(/allows no key without a record/) },
  },
  {
    title: "a user that policy denies",
    words: ["--user", "alice"],
    break: (host) => setting(host, '[policy]\ndeny_users = ["al*"]\n'),
    told: { policy: failed(/policy-user-denied/) },
  },
  {
    title: "a last call that ended with a Fault",
    break: ({ namespace }) =>
      namespace.write(LOGIN_LOG, `${hoursAgo(2)} h eic-agent[7]: fault user=alice code=STAPLE_STALE\n`),
    told: { "last-call": warning(/^(1[12]\d min|2 h) ago .*STAPLE_STALE/) },
  },
  {
    title: "a last call that ended with a Fault a week ago, which is not a current problem",
    break: ({ namespace }) =>
      namespace.write(LOGIN_LOG, `${hoursAgo(170)} h eic-agent[7]: fault user=alice code=STAPLE_STALE\n`),
    told: { "last-call": { status: "not-applicable", names: /^7 days ago .*older than a day/ } },
  },
  {
    title: "a Fault followed by a key that was passed to sshd",
    break: ({ namespace }) =>
      namespace.write(
        LOGIN_LOG,
        `${hoursAgo(2)} h eic-agent[7]: fault user=alice code=STAPLE_STALE\n` +
          `${hoursAgo(1)} h eic-agent[7]: key-offered-to-sshd user=alice\n`,
      ),
    told: { "last-call": ok(/^(\d+ min|1 h) ago .*key-offered-to-sshd/) },
  },
  {
    title: "unreadable settings if only they could show that this is EC2",
    break: (host) => {
      host.namespace.write(DMI, "No Asset Tag\n");
      setting(host, '[instance]\nid = "i-0abcdef1234567890"\n[metadata]\ndeadline_ms = 200\n');
    },
    told: {
      instance: { status: "not-applicable", names: /the settings cannot be read/ },
      settings: failed(/deadline_ms must be a whole number from 500 to 4000/, "SETTINGS_INVALID"),
      ...NO_SETTINGS,
    },
  },
];
