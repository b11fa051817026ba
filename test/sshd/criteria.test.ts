/** A connection that matches each Match block. kept.test.ts verifies with sshd itself that the block matches. */
import { expect, test } from "vitest";
import { connectionFor, groupsNamedIn } from "../../src/sshd/inspect/criteria.ts";

const PEOPLE = [
  { name: "alice", groups: ["alice", "dev"] },
  { name: "root", groups: ["root"] },
  { name: "bob", groups: ["bob", "ops", "sftp-only"] },
];

test.each([
  { match: ["User bob"], gives: { user: "bob" } },
  { match: ["user=bob"], gives: { user: "bob" } },
  { match: ['User "bob"'], gives: { user: "bob" } },
  { match: ["User nosuch"], gives: { user: "nosuch" } },
  { match: ["User svc-*,!svc-x"], gives: undefined },
  { match: ["User *,!alice"], gives: { user: "root" } },
  { match: ["User b?b"], gives: { user: "bob" } },
  { match: ["Group ops"], gives: { user: "bob" } },
  { match: ["Group sftp-*"], gives: { user: "bob" } },
  { match: ["Group *,!dev"], gives: { user: "root" } },
  { match: ["Group nosuch"], gives: undefined },
  { match: ["User alice Group ops"], gives: undefined },
  { match: ["Address 10.0.0.0/8"], gives: { user: "alice", addr: "10.0.0.0" } },
  { match: ["Address *,!10.0.0.0/8"], gives: { user: "alice", addr: "1.1.1.1" } },
  { match: ["Address 192.0.2.*"], gives: { user: "alice", addr: "192.0.2.1" } },
  { match: ["Address !192.0.2.0,192.0.2.0/24"], gives: { user: "alice", addr: "192.0.2.1" } },
  { match: ["Address 2001:db8::/32"], gives: { user: "alice", addr: "2001:db8::" } },
  { match: ["Host *.corp.example"], gives: { user: "alice", host: "x.corp.example" } },
  { match: ["LocalPort 2222"], gives: { user: "alice", lport: "2222" } },
  { match: ["LocalAddress 127.0.0.1"], gives: { user: "alice", laddr: "127.0.0.1" } },
  { match: ["RDomain blue"], gives: { user: "alice", rdomain: "blue" } },
  { match: ["all"], gives: { user: "alice" } },
  { match: ["User bob", "Address 10.0.0.1"], gives: { user: "bob", addr: "10.0.0.1" } },
  { match: ["User bob Address 10.0.0.1"], gives: { user: "bob", addr: "10.0.0.1" } },
  { match: ["Tagged x"], gives: undefined },
])("$match", ({ match, gives }) => {
  expect(connectionFor(match, PEOPLE)).toEqual(gives);
});

test.each([
  { match: ["Group instance-connect"], groups: ["instance-connect"] },
  { match: ['Group "a b,c*,!d,e"'], groups: ["a b", "e"] },
  { match: ["group=a", "User b Group c"], groups: ["a", "c"] },
  { match: ["User alice,bob Address 10.0.0.0/8"], groups: [] },
  { match: ["all"], groups: [] },
])("$match names the groups $groups", ({ match, groups }) => {
  expect(groupsNamedIn(match)).toEqual(groups);
});
