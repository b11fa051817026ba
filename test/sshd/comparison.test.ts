/** Comparison of two queries of sshd: only intended values may differ. */
import { expect, test } from "vitest";
import { parseValues } from "../../src/sshd/inspect/effective.ts";
import { lineNotInForce, unmeantByDisable, unmeantByEnable } from "../../src/sshd/wiring/comparison.ts";
import type { SshdQuery } from "../../src/sshd/wiring/verify.ts";

const COMMAND = "/usr/libexec/eic-agent/authorized-keys %u %f";
const OURS = { command: COMMAND, user: "eic-agent" };
const NONE = "authorizedkeyscommand none\nauthorizedkeyscommanduser none\n";
const WIRED = `authorizedkeyscommand ${COMMAND}\nauthorizedkeyscommanduser eic-agent\n`;
const P = "authorizedprincipalscommand /bin/p\nauthorizedprincipalscommanduser nobody\n";
const LIST = "EIC_CALLER,EIC_REQUEST_ID";
const permit = (value: string) => `permituserenvironment ${value}\n`;
const LOST = "authorizedprincipalscommand none\nauthorizedprincipalscommanduser nobody\n";

/** Makes a query result from a text for all users and a text for each of `others`. */
function answer(allUsers: string, others: Record<string, string> = {}): SshdQuery {
  const snapshots = Object.entries({ allUsers, ...others }).map(([whom, text]) => ({
    ...{ whom, connection: undefined, values: parseValues(text) },
  }));
  const nobody = { user: undefined, command: undefined, commandUser: undefined, ours: false, source: undefined };
  return {
    kind: "known",
    allUsers: { ...nobody, userSource: undefined },
    some: [],
    values: parseValues(allUsers),
    snapshots,
  };
}

test.each([
  { title: "the command and its user", before: NONE, after: WIRED },
  { title: "a repeated principals command that stays", before: NONE + P, after: WIRED + P },
  { title: "a lost one", before: NONE + P, after: WIRED + LOST, keyword: "authorizedprincipalscommand" },
  {
    title: "another user than the plan's",
    before: NONE,
    after: WIRED.replace("User", "user").replace("eic-agent\n", "sshd\n"),
    keyword: "authorizedkeyscommanduser",
  },
  { title: "a port that has come", before: `port 22\n${NONE}`, after: `port 22\nport 23\n${WIRED}`, keyword: "port" },
  { title: "a line that has gone", before: `${NONE}denyusers x\n`, after: WIRED, keyword: "denyusers" },
  {
    title: "values in another order",
    before: `acceptenv A\nacceptenv B\n${NONE}`,
    after: `acceptenv B\nacceptenv A\n${WIRED}`,
    keyword: "acceptenv",
  },
])("enable: $title", ({ before, after, keyword }) => {
  expect(unmeantByEnable(answer(before), answer(after), OURS)?.keyword).toBe(keyword);
  // The same for one user alone. A user that was not asked again counts as a difference.
  const inside = unmeantByEnable(answer(NONE, { bob: before }), answer(WIRED, { bob: after }), OURS);
  expect(inside?.keyword).toBe(keyword);
  if (keyword !== undefined) expect(inside?.whom).toBe("bob");
  expect(unmeantByEnable(answer(before, { bob: before }), answer(after), OURS)).toBeDefined();
});

test.each([
  { title: "eic-agent's is removed", before: WIRED, after: NONE },
  { title: "a line lost after eic-agent's returns", before: WIRED + LOST, after: NONE + P },
  {
    title: "another command is removed",
    before: WIRED.replace(COMMAND, "/x"),
    after: NONE,
    keyword: "authorizedkeyscommand",
  },
  {
    title: "another line is removed",
    before: `${WIRED}permittty no\n`,
    after: `${NONE}permittty yes\n`,
    keyword: "permittty",
  },
])("disable: $title", ({ before, after, keyword }) => {
  expect(unmeantByDisable(answer(before), answer(after))?.keyword).toBe(keyword);
});

/** `had`: the value of our line before. `ours`: its value in the plan. */
test.each([
  { title: "it is added", before: "no", after: LIST, ours: LIST },
  { title: "it is written with another name", before: "EIC_A,EIC_REQUEST_ID", after: LIST, ours: LIST },
  { title: "it stays", before: LIST, after: LIST, ours: LIST, had: LIST },
  { title: "it is removed", before: LIST, after: "no", had: LIST },
  { title: "it is removed, and another line is in force again", before: LIST, after: "yes", had: LIST },
  { title: "another value than the plan's", before: "no", after: "yes", ours: LIST, differs: true },
  { title: "a longer list than the plan's", before: "no", after: `${LIST},LANG`, ours: LIST, differs: true },
  { title: "no line was to change", before: "no", after: LIST, differs: true },
  { title: "an administrator's line is gone", before: "LANG", after: "no", had: LIST, differs: true },
])("enable, PermitUserEnvironment: $title", ({ before, after, ours, had, differs = false }) => {
  const [was, is] = [answer(NONE + permit(before)), answer(WIRED + permit(after))];
  const found = unmeantByEnable(was, is, { ...OURS, permits: ours }, had);
  expect(found?.keyword).toBe(differs ? "permituserenvironment" : undefined);
});

test.each([
  { after: LIST, permits: LIST, instead: undefined },
  { after: "no", permits: LIST, instead: "no" },
  { after: "LANG", permits: LIST, instead: "LANG" },
  { after: "no", permits: undefined, instead: undefined },
])("enable, PermitUserEnvironment $permits wanted and $after in force: $instead instead", (row) => {
  const found = lineNotInForce(answer(permit("no")), answer(permit(row.after)), { permits: row.permits });
  expect(found?.after).toBe(row.instead);
});

test.each([
  { title: "eic-agent's is removed", before: LIST, after: "no", permits: LIST },
  { title: "an administrator's is in force again", before: LIST, after: "LANG", permits: LIST },
  { title: "an administrator's is gone", before: "LANG", after: "no", permits: LIST, differs: true },
  { title: "eic-agent wrote none", before: LIST, after: "no", permits: undefined, differs: true },
])("disable, PermitUserEnvironment: $title", ({ before, after, permits, differs = false }) => {
  const found = unmeantByDisable(answer(WIRED + permit(before)), answer(NONE + permit(after)), permits);
  expect(found?.keyword).toBe(differs ? "permituserenvironment" : undefined);
});
