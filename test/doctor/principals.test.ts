/** Whether sshd uses an AuthorizedPrincipalsCommand. It depends on the order of the lines and on sshd's version. */
import { expect, test } from "vitest";
import { judgePrincipals } from "../../src/doctor/check/principals.ts";
import { walkConfig } from "../../src/sshd/inspect/config-walk.ts";
import { diskOf, treeOf } from "../sshd/memory-disk.ts";

const MAIN = "/etc/ssh/sshd_config";
const DROP_IN = "/etc/ssh/sshd_config.d/60-eic-agent.conf";
const INCLUDE = "Include /etc/ssh/sshd_config.d/*.conf\n";
const OURS =
  "AuthorizedKeysCommand /usr/libexec/eic-agent/authorized-keys %u %f\nAuthorizedKeysCommandUser eic-agent\n";
const OTHER = "AuthorizedKeysCommand /usr/bin/env %u\nAuthorizedKeysCommandUser nobody\n";
const P = "AuthorizedPrincipalsCommand /bin/p %u\nAuthorizedPrincipalsCommandUser nobody\n";

test.each([
  { title: "no such line", files: { [MAIN]: INCLUDE, [DROP_IN]: OURS }, has: "none", status: "not-applicable" },
  {
    title: "lost after eic-agent's",
    files: { [MAIN]: INCLUDE + P, [DROP_IN]: OURS },
    has: "none",
    status: "warning",
    hint: /disable && eic-agent sshd enable/,
  },
  {
    title: "lost after another command",
    files: { [MAIN]: OTHER + P },
    has: "none",
    status: "warning",
    hint: /before that one/,
  },
  {
    title: "lost after the command line",
    files: { [MAIN]: P },
    words: ["-o", "AuthorizedKeysCommand /x"],
    has: "none",
    status: "warning",
    hint: /before that one/,
  },
  { title: "before the command", files: { [MAIN]: P + OTHER }, has: "/bin/p %u", status: "ok" },
  { title: "repeated by us", files: { [MAIN]: INCLUDE + P, [DROP_IN]: P + OURS }, has: "/bin/p %u", status: "ok" },
  {
    title: "repeated by eic-agent, and removed elsewhere",
    files: { [MAIN]: INCLUDE, [DROP_IN]: P + OURS },
    has: "/bin/p %u",
    status: "warning",
    hint: /disable && eic-agent sshd enable/,
  },
  {
    title: "lost inside a Match block",
    files: { [MAIN]: `Match User bob\n${OTHER}${P}` },
    has: "none",
    status: "warning",
    hint: /before that one/,
  },
  {
    title: "in a Match block without a command",
    files: { [MAIN]: `${OTHER}Match User bob\n${P}` },
    has: "none",
    status: "ok",
  },
  {
    title: "after eic-agent's, in an sshd that reads it",
    files: { [MAIN]: INCLUDE + P, [DROP_IN]: OURS },
    has: "/bin/p %u",
    version: "OpenSSH_9.4p1",
    status: "ok",
  },
  {
    title: "after eic-agent's, before 6.9",
    files: { [MAIN]: INCLUDE + P, [DROP_IN]: OURS },
    has: "/bin/p %u",
    version: "OpenSSH_6.8",
    status: "ok",
  },
])("$title", ({ files, has, status, hint, words = [], version = "OpenSSH_9.2p1" }) => {
  const walk = walkConfig(MAIN, diskOf(treeOf(files)));
  const effective = {
    kind: "known",
    sshd: "/usr/sbin/sshd",
    values: new Map([["authorizedprincipalscommand", [has]]]),
  } as const;
  const facts = { walk, effective, version, words } as unknown as Parameters<typeof judgePrincipals>[0];
  const found = judgePrincipals(facts);
  expect(found.status).toBe(status);
  if (hint !== undefined) expect(found.hint).toMatch(hint);
});

test.each([
  { version: "OpenSSH_8.4p1", status: "ok" },
  { version: "OpenSSH_9.2p1", status: "warning" },
])("a line after eic-agent's, if $version cannot be asked: $status", ({ version, status }) => {
  const walk = walkConfig(MAIN, diskOf(treeOf({ [MAIN]: INCLUDE + P, [DROP_IN]: OURS })));
  const effective = { kind: "unknown", why: "needs-root", message: "" } as const;
  const facts = { walk, effective, version, words: [] } as unknown as Parameters<typeof judgePrincipals>[0];
  expect(judgePrincipals(facts).status).toBe(status);
});
