/** Every reason for leaving sshd unchanged names the problem and the remedy. */
import { expect, test } from "vitest";
import { describeRefusal } from "../../src/cli/sshd/refusals.ts";
import type { Source } from "../../src/sshd/inspect/config-walk.ts";
import type { Refusal } from "../../src/sshd/wiring/refusal.ts";

const file = { kind: "file", keyword: "x", value: "y", file: "/etc/ssh/sshd_config", line: 7 } as const;
const source: Source = { ...file, match: [] };
const OURS = { command: "/usr/libexec/eic-agent/authorized-keys %u %f", user: "eic-agent" };
const unknown = { kind: "unknown", why: "config-invalid", message: "line 3: Bad configuration option: X" } as const;

test.each<{ refusal: Refusal; message: RegExp; next?: RegExp }>([
  {
    refusal: { why: "not-asked", unknown: { ...unknown, why: "no-host-key", message: "no key" } },
    message: /no key/,
    next: /ssh-keygen -A/,
  },
  {
    refusal: { why: "not-asked", unknown: { ...unknown, why: "no-privsep-folder" } },
    message: /cannot be queried/,
    next: /mkdir/,
  },
  {
    refusal: { why: "not-asked", unknown: { ...unknown, why: "needs-root" } },
    message: /cannot be queried/,
    next: /root/,
  },
  { refusal: { why: "not-accepted", unknown }, message: /with the change in place: line 3/ },
  {
    refusal: { why: "no-group", group: "eic-agent" },
    message: /no group eic-agent/,
    next: /groupadd --system eic-agent/,
  },
  {
    refusal: { why: "foreign", command: "/x \u001b[2J", user: undefined, source, onlyAws: false },
    message: /"\/x \\u001b\[2J" of another program, as no user, by \/etc\/ssh\/sshd_config:7/,
  },
  {
    refusal: {
      why: "match",
      user: undefined,
      command: "/x",
      commandUser: "y",
      source: { ...file, match: ["all"] },
      ours: OURS,
    },
    message: /for all users sshd has "\/x" as y, .*in the block Match all/,
  },
  { refusal: { why: "chain-quote", command: "/x 'y" }, message: /quote is never closed/ },
  { refusal: { why: "open-block", main: "/etc/ssh/sshd_config" }, message: /# END eic-agent is missing/ },
  {
    refusal: { why: "not-written", path: "/etc/ssh/x", code: "EPERM" },
    message: /\/etc\/ssh\/x could not be written \(EPERM\)/,
    next: /chattr -i/,
  },
  { refusal: { why: "not-written", path: "/etc/ssh/x", code: "ENOSPC" }, message: /ENOSPC/, next: /full/ },
  {
    refusal: { why: "group", user: "sssd", said: "gpasswd: cannot lock /etc/group" },
    message: /sssd could not be added .*cannot lock/,
  },
  {
    refusal: { why: "not-in-force", user: "alice", command: undefined, commandUser: undefined, source: undefined },
    message: /for alice, no command/,
  },
  { refusal: { why: "busy" }, message: /another eic-agent sshd/ },
])("$refusal.why", ({ refusal, message, next }) => {
  const told = describeRefusal(refusal);
  expect(told.message).toMatch(message);
  expect(told.next.join("\n")).toMatch(next ?? /./);
});
