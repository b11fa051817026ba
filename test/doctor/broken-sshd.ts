/** Hosts on which sshd does not run the command, or does not run it as intended. */
import { rmSync } from "node:fs";
import { DOOR, PROGRAMS } from "../support/namespace.ts";
import { type Broken, failed, NOT_APPLICABLE, ok, warning } from "./expected.ts";
import { COMMAND_LINES, DROP_IN, LOGIN_LOG, SSHD_CONFIG } from "./healthy-host.ts";

const OTHER_DROP_IN = "/etc/ssh/sshd_config.d/10-other.conf";
const AWS_DROP_IN = "/etc/systemd/system/ssh.service.d/ec2-instance-connect.conf";
const MATCHING = "Include /etc/ssh/sshd_config.d/*.conf\nMatch User alice\n  AuthorizedKeysCommand none\n";
const NO_COMMAND = {
  ...{ "command-path": NOT_APPLICABLE, "command-arguments": NOT_APPLICABLE, "command-user": NOT_APPLICABLE },
  relay: NOT_APPLICABLE,
};

/** If sshd's command has another user, or there is no command, another user asks the metadata service. */
const askedAs = (user: string) => ({
  "metadata-ipv4": ok(new RegExp(`, asked as ${user}$`)),
  token: ok(new RegExp(`, asked as ${user}$`)),
});

/** A time of today in rsyslog's format. Older lines say nothing about the state of the host. */
const today = (): string => new Date().toISOString().replace(/\.\d+Z$/, "+00:00");

const UNASKED = {
  ...{ slots: NOT_APPLICABLE, socket: NOT_APPLICABLE, service: NOT_APPLICABLE },
  "service-sandbox": { status: "not-applicable", names: /^sshd's command does not ask the service$/ },
} as const;

export const BROKEN_SSHD: readonly Broken[] = [
  {
    title: "a folder above the command that every user may write to",
    break: ({ namespace }) => namespace.mustRun(["chmod", "757", PROGRAMS]),
    mend: ({ namespace }) => namespace.mustRun(["chmod", "755", PROGRAMS]),
    told: { "command-path": failed(/\/usr\/libexec\/eic-agent is writable by group or others \(mode 0757\)/) },
  },
  {
    title: "a folder above the command that root's own group may write to",
    break: ({ namespace }) => namespace.mustRun(["chmod", "775", PROGRAMS]),
    mend: ({ namespace }) => namespace.mustRun(["chmod", "755", PROGRAMS]),
    told: { "command-path": warning(/\/usr\/libexec\/eic-agent is writable .* sshd of Debian and Ubuntu accepts/) },
  },
  {
    title: "a folder above the command that another group may write to",
    break: async ({ namespace }) => {
      await namespace.mustRun(["chgrp", "nobody", PROGRAMS]);
      await namespace.mustRun(["chmod", "775", PROGRAMS]);
    },
    mend: async ({ namespace }) => {
      await namespace.mustRun(["chgrp", "root", PROGRAMS]);
      await namespace.mustRun(["chmod", "755", PROGRAMS]);
    },
    told: { "command-path": failed(/\/usr\/libexec\/eic-agent is writable by group or others \(mode 0775\)/) },
  },
  {
    title: "a command that another user owns",
    break: ({ namespace }) => namespace.mustRun(["chown", "2999", DOOR]),
    mend: ({ namespace }) => namespace.mustRun(["chown", "0", DOOR]),
    told: { "command-path": failed(/authorized-keys belongs to user 2999/) },
  },
  {
    title: "a command that its user may not execute",
    break: ({ namespace }) => namespace.mustRun(["chmod", "700", DOOR]),
    mend: ({ namespace }) => namespace.mustRun(["chmod", "755", DOOR]),
    told: { "command-path": failed(/is closed to eic-agent/) },
  },
  {
    title: "a command's user that does not exist",
    break: ({ namespace }) => namespace.write(DROP_IN, COMMAND_LINES.replace("User eic-agent", "User eic-agnet")),
    told: { "command-user": failed(/there is no user "eic-agnet"/) },
  },
  {
    title: "an earlier drop-in with another command",
    break: ({ namespace }) => namespace.write(OTHER_DROP_IN, "\nAuthorizedKeysCommand /usr/bin/env %u\n"),
    mend: ({ namespace }) => rmSync(namespace.outside(OTHER_DROP_IN)),
    told: {
      command: failed(
        /"\/usr\/bin\/env %u" of another program, by \S*10-other\.conf:2; .*60-eic-agent\.conf:1, is read later/,
      ),
      "command-path": ok(/^\/usr\/bin\/env and every folder above/),
      ...{ "command-arguments": NOT_APPLICABLE, relay: NOT_APPLICABLE },
      "other-commands": warning(/10-other\.conf:2/),
    },
  },
  {
    title: "a Match block that takes the command from a user",
    words: ["--user", "alice"],
    break: ({ namespace }) => namespace.write(SSHD_CONFIG, MATCHING),
    told: {
      command: failed(/none for alice, by \/etc\/ssh\/sshd_config:3, in the block Match User alice/),
      ...NO_COMMAND,
    },
  },
  {
    title: "the same Match block, asked for another user",
    words: ["--user", "bob"],
    break: ({ namespace }) => namespace.write(SSHD_CONFIG, MATCHING),
    told: { "match-blocks": ok(/^not for bob from this host: .*in the block Match User alice$/) },
  },
  {
    title: "the same Match block, without a user",
    break: ({ namespace }) => namespace.write(SSHD_CONFIG, MATCHING),
    told: {
      "match-blocks": warning(
        /AuthorizedKeysCommand is "none" by \/etc\/ssh\/sshd_config:3, in the block Match User alice/,
      ),
    },
  },
  {
    title: "AWS's package, which overrides how sshd is started",
    break: ({ namespace }) =>
      namespace.write(
        AWS_DROP_IN,
        '[Service]\nExecStart=\nExecStart=/usr/sbin/sshd -D -o "AuthorizedKeysCommand /usr/share/ec2-instance-connect/eic_run_authorized_keys %%u %%f" -o "AuthorizedKeysCommandUser nobody"\n',
      ),
    mend: ({ namespace }) => rmSync(namespace.outside(AWS_DROP_IN)),
    told: {
      "sshd-start": warning(/ec2-instance-connect\.conf:3 gives sshd an AuthorizedKeysCommand/),
      command: failed(
        /of AWS's ec2-instance-connect package, by sshd's command line in \S*ec2-instance-connect\.conf:3/,
      ),
      "command-path": failed(/eic_run_authorized_keys: ENOENT/),
      "command-user": ok(/^nobody, uid 65534$/),
      ...{ "command-arguments": NOT_APPLICABLE, relay: NOT_APPLICABLE },
      ...askedAs("nobody"),
    },
  },
  {
    title: "a main file that includes no drop-ins",
    break: ({ namespace }) => namespace.write(SSHD_CONFIG, "UsePAM no\n"),
    told: {
      include: failed(/does not include \S*60-eic-agent\.conf, which names eic-agent/),
      command: failed(/^none$/),
      ...NO_COMMAND,
      ...askedAs("root"),
    },
  },
  {
    title: "a file that sshd does not accept",
    break: ({ namespace }) => namespace.write(OTHER_DROP_IN, "Prot 22\n"),
    mend: ({ namespace }) => rmSync(namespace.outside(OTHER_DROP_IN)),
    told: {
      "sshd-config": failed(/10-other\.conf.*Bad configuration option: Prot/),
      command: ok(/eic-agent.*; according to the files only, sshd was not queried/),
      pubkey: NOT_APPLICABLE,
      ...{ "login-users": NOT_APPLICABLE, "login-keys": NOT_APPLICABLE, penalties: NOT_APPLICABLE },
    },
  },
  {
    title: "a token that sshd does not know",
    break: ({ namespace }) => namespace.write(DROP_IN, COMMAND_LINES.replace("%f", "%F")),
    told: { "command-arguments": failed(/sshd does not know "%F": it drops every connection/) },
  },
  {
    title: "a command without the fingerprint",
    break: ({ namespace }) => namespace.write(DROP_IN, COMMAND_LINES.replace(" %f", "")),
    told: { "command-arguments": warning(/no %f/) },
  },
  {
    title: "a missing chained command",
    break: ({ namespace }) => namespace.write(DROP_IN, COMMAND_LINES.replace("%f", "%f -- /usr/libexec/none %u")),
    told: {
      chained: failed(/none: ENOENT/, "FILE_UNREADABLE"),
      relay: ok(/with a chained command each call starts a one-shot program/),
      ...UNASKED,
    },
  },
  {
    title: "keys turned off altogether",
    break: ({ namespace }) => namespace.write(OTHER_DROP_IN, "PubkeyAuthentication no\n"),
    mend: ({ namespace }) => rmSync(namespace.outside(OTHER_DROP_IN)),
    told: { pubkey: failed(/no, by \S*10-other\.conf:1/) },
  },
  {
    title: "a user that does not exist",
    words: ["--user", "carol"],
    break: () => undefined,
    told: { account: failed(/there is no user "carol"/) },
  },
  {
    title: "a command that sshd refused to run",
    break: ({ namespace }) =>
      namespace.write(
        LOGIN_LOG,
        `${today()} h sshd[8]: error: Unsafe AuthorizedKeysCommand "/x": bad ownership or modes for file /x\n`,
      ),
    told: { "last-call": warning(/Unsafe AuthorizedKeysCommand/) },
  },
  {
    title: "a user that AllowUsers does not name",
    words: ["--user", "alice"],
    break: ({ namespace }) => namespace.write(OTHER_DROP_IN, "AllowUsers bob\n"),
    mend: ({ namespace }) => rmSync(namespace.outside(OTHER_DROP_IN)),
    told: { "login-users": failed(/^AllowUsers does not name alice: "bob", by \S*10-other\.conf:1$/) },
  },
  {
    title: "AllowUsers, without a user",
    break: ({ namespace }) => namespace.write(OTHER_DROP_IN, "AllowUsers bob\n"),
    mend: ({ namespace }) => rmSync(namespace.outside(OTHER_DROP_IN)),
    told: {
      "login-users": { status: "not-applicable", names: /^AllowUsers let only some users log in: .*--user USER/ },
    },
  },
  {
    title: "sshd's line about a Match block with none, which is not an error of the command",
    break: ({ namespace }) => {
      namespace.write(SSHD_CONFIG, MATCHING);
      namespace.write(
        LOGIN_LOG,
        `${today()} h eic-agent: key-offered-to-sshd user=bob\n` +
          `${today()} h sshd[8]: error: AuthorizedKeysCommand path is not absolute\n`,
      );
    },
    told: {
      "match-blocks": warning(/AuthorizedKeysCommand is "none"/),
      "last-call": ok(
        /key-offered-to-sshd.*path is not absolute": its message for a user without a command \(\/etc\/ssh\/sshd_config:3, in the block Match User alice\); the command itself/,
      ),
    },
  },
];
