/** The result of sshd's own command for a key, and sshd's decision: as data, and as the last lines of an explanation. */
import { describe, expect, test } from "vitest";
import { nextLines, withoutKeyLines } from "../../src/cli/explain/next.ts";
import { commandLines } from "../../src/cli/explain/source.ts";
import type { CommandReport, RunReport } from "../../src/explain/command-report.ts";
import type { Explanation } from "../../src/explain/explanation.ts";
import { nextReport } from "../../src/explain/next.ts";
import { loginFacts } from "../sshd/login/facts.ts";

const FINGERPRINT = "SHA256:x";
const keys: Explanation["keys"] = [
  {
    ...{
      verdict: "accepted",
      line: 1,
      fingerprint: FINGERPRINT,
      key: "ssh-ed25519 AAAA",
      expires: "2030-01-02T03:04:05.000Z",
    },
    ...{ secondsLeft: 40, caller: null, requestId: null, reported: null, options: null, rule: null, leftOut: [] },
  },
];
const answer: Explanation["answer"] = { kind: "judged", accepted: 1, refused: 0 };
const style = { width: 200, paint: (_: string, text: string) => text };

const run = (change: Partial<RunReport> = {}): RunReport => ({
  ...{ fingerprint: FINGERPRINT, result: "exit status 0", milliseconds: 3, answeredBy: "service", fault: null },
  ...{ printed: [FINGERPRINT], missing: [], unexpected: [], otherOptions: [], agrees: true },
  ...change,
});
const command = (one: RunReport): CommandReport => ({
  ...{ command: "/usr/libexec/eic-agent/authorized-keys %u %f", user: "eic-agent", agrees: one.agrees, note: null },
  runs: [one],
});

function told(given: CommandReport | null, facts = loginFacts()) {
  return nextOf(given, keys, facts);
}

const AT = "2030-01-02T03:04:00.000Z";

function nextOf(given: CommandReport | null, pushed: Explanation["keys"], facts = loginFacts()) {
  const report = nextReport(facts, { answer, keys: pushed, command: given, at: AT }, new Map());
  return { report, text: nextLines("1 key accepted for alice", { sshd: report }, style).join("\n") };
}

const FAULT = {
  code: "METADATA_UNREACHABLE",
  message: "connect ENETUNREACH 169.254.169.254:80",
  hint: "is there a firewall?",
} as const;
const faulted = run({ fault: FAULT, printed: [], missing: [FINGERPRINT], agrees: false, result: "exit status 1" });

describe("sshd's next step", () => {
  test("is to accept a key that its command prints and its rules allow", () => {
    expect(told(command(run())).text).toBe("1 key accepted for alice; sshd will accept it");
  });

  const withOptions = (...list: readonly (string | null)[]) =>
    list.flatMap((options) => keys.map((key): Explanation["keys"][number] => ({ ...key, options }) as typeof key));

  test.each([
    { title: "a forced command", options: ['restrict,command="from, expiry"'], outcome: "accepts", rule: undefined },
    { title: "a limit of addresses", options: ['restrict,from="10.0.0.0/8"'], outcome: "not-known", rule: "from" },
    { title: "a time that is over", options: ['expiry-time="20290101Z"'], outcome: "refuses", rule: "expiry-time" },
    { title: "a time to come", options: ['expiry-time="20310101"'], outcome: "accepts", rule: undefined },
    { title: "two pushes, one without", options: ['from="10.0.0.1"', null], outcome: "accepts", rule: undefined },
    { title: "two pushes", options: ['from="::1"', 'expiry-time="20290101"'], outcome: "not-known", rule: "from" },
  ])("depends on the key's options: $title", ({ options, outcome, rule }) => {
    const [next] = nextOf(command(run()), withOptions(...options)).report.keys;
    expect({ outcome: next?.outcome, rule: next?.reasons[0]?.rule }).toEqual({ outcome, rule });
  });

  test("does not happen for a penalized address, which is reported if sshd has penalties", () => {
    const value = "crash:90 authfail:5 noauth:1 grace-exceeded:10 refuseconnection:10 max:600 min:15";
    const sshd = { persourcepenalties: [value], persourcepenaltyexemptlist: ["none"] };
    const { report, text } = told(command(run()), loginFacts(sshd));
    const message = "after 4 failed logins in a row an address is rejected, 5 s for each, 600 s at most; exempt: none";
    expect(report).toMatchObject({ outcome: "accepts", penalties: message });
    expect(text).toContain(`sshd will accept it\n  before it asks for a key (PerSourcePenalties): ${message}`);
    expect(told(command(run()), loginFacts({ persourcepenalties: ["no"] })).report.penalties).toBeNull();
    expect(told(command(run())).report.penalties).toBeNull();
  });

  test("is explained by the service's own Fault if it answers with one, with its hint", () => {
    const { report, text } = told(command(faulted));
    expect(report).toMatchObject({
      outcome: "refuses",
      keys: [{ reasons: [{ rule: "AuthorizedKeysCommand", hint: FAULT.hint }] }],
    });
    expect(text).toContain(
      "sshd will refuse it: the warm service answers with its own Fault METADATA_UNREACHABLE: connect ENETUNREACH 169.254.169.254:80",
    );
    const lines = commandLines({ command: command(faulted) } as Explanation, style).join("\n");
    expect(lines).toContain("sshd's command as eic-agent: the service's own Fault METADATA_UNREACHABLE");
    expect(lines).toContain(
      "the service: METADATA_UNREACHABLE: connect ENETUNREACH 169.254.169.254:80\n    hint: is there a firewall?",
    );
    expect(lines).not.toContain("ANOTHER ANSWER");
  });

  test.each([
    {
      title: "does not print it",
      change: { printed: [], missing: [FINGERPRINT], agrees: false },
      message: /does not print it/,
    },
    {
      title: "prints it, and fails",
      change: { agrees: false, result: "exit status 1" },
      message: /command failed \(exit status 1\)/,
    },
  ])("is to refuse a key if its command $title", ({ change, message }) => {
    const { report, text } = told(command(run(change)));
    expect(report.outcome).toBe("refuses");
    expect(text).toMatch(message);
  });

  test("is to accept a key that its command prints among others", () => {
    expect(told(command(run({ unexpected: ["SHA256:y"], agrees: false }))).report.outcome).toBe("accepts");
  });

  test("is not known if its command was not run", () => {
    const { report, text } = told(null);
    expect(report.outcome).toBe("not-known");
    expect(text).toMatch(/whether sshd will accept it is not known: sshd's own command was not run/);
  });

  test("is to refuse if it runs no command for the user", () => {
    const none = { command: "none", user: "", runs: [], agrees: false, note: "sshd runs no command for this user" };
    expect(told(none).report.keys[0]).toMatchObject({
      outcome: "refuses",
      reasons: [{ message: "sshd has no AuthorizedKeysCommand for alice" }],
    });
  });

  test("may be to accept, and then to end the session or to require more", () => {
    const { report, text } = told(command(run()), loginFacts({ authenticationmethods: ["publickey,password"] }));
    expect(report.outcome).toBe("accepts");
    expect(text).toMatch(
      /sshd will accept it, and then: AuthenticationMethods publickey,password: a key alone is not enough/,
    );
  });

  test("is also reported for a key that was never pushed, if it would be refused", () => {
    const facts = loginFacts({ denyusers: ["alice"] });
    const report = nextReport(
      facts,
      { answer: { kind: "no-keys", why: "no-keys", message: "", hint: "" }, keys: [], command: null, at: AT },
      new Map(),
    );
    expect(withoutKeyLines({ sshd: report }, style).join("\n")).toMatch(
      /^sshd would refuse a pushed key, too: DenyUsers names alice/,
    );
  });
});
