/** Why a running sshd is not reloaded: each reason, and which one counts if several hold. */
import { describe, expect, test } from "vitest";
import type { Exec, ExecResult } from "../../src/sshd/inspect/exec.ts";
import type { ReloadPlan } from "../../src/sshd/inspect/reload-plan.ts";
import { type LiveSshd, type ReloadFlaw, reloadFlaw } from "../../src/sshd/wiring/reload-flaw.ts";
import type { SshdView } from "../../src/sshd/wiring/verify.ts";

const OK: ExecResult = { status: 0, stdout: "", stderr: "" };
const BROKEN: ExecResult = { status: 255, stdout: "", stderr: "line 3: Bad option\nterminating\n" };
const FORBIDDEN: ExecResult = { ...OK, status: 101 };

const process = { pid: 7, line: "/usr/sbin/sshd -D", readAt: undefined };
const service: LiveSshd = {
  kind: "service",
  unit: "ssh.service",
  socket: undefined,
  process,
  keepsConnections: true,
  needsDaemonReload: false,
};
const alone: LiveSshd = { kind: "process", process, verified: true };
const others = { paths: ["/etc/ssh/a", "/etc/ssh/b"], readAt: new Date("2026-01-02T03:04:05.678Z") };
/** TEST-NET-1 of RFC 5737: no machine has it. */
const GONE = "192.0.2.1:22";

const answer = (addresses: readonly string[]): SshdView => ({
  kind: "known",
  allUsers: {
    user: undefined,
    command: undefined,
    commandUser: undefined,
    ours: false,
    source: undefined,
    userSource: undefined,
  },
  some: [],
  values: new Map([["listenaddress", addresses]]),
  snapshots: [],
});

interface Given {
  readonly running?: LiveSshd;
  readonly by?: ReloadPlan["by"];
  readonly words?: readonly string[];
  readonly others?: typeof others;
  readonly test?: ExecResult;
  readonly policy?: ExecResult;
  readonly addresses?: readonly string[];
  readonly listens?: readonly string[];
}

async function flawOf(given: Given) {
  const {
    running = service,
    by = "reload",
    words = [],
    addresses = ["127.0.0.1:22"],
    listens,
    test: tested = OK,
  } = given;
  const asked: string[] = [];
  const programs: Exec = {
    root: true,
    find: (name) => (name === "policy-rc.d" && given.policy !== undefined ? "/usr/sbin/policy-rc.d" : undefined),
    async run(program, args) {
      asked.push([program, ...args].join(" "));
      return program === "/usr/sbin/policy-rc.d" ? (given.policy ?? OK) : tested;
    },
  };
  const needed = { running, words, changedAt: new Date(0), units: false, unit: "ssh.service", changed: true };
  const reload = { running, needed, steps: { commands: [], by }, before: { pid: 7, listens } };
  const sshd = { program: "/usr/sbin/sshd", answer: answer(addresses) };
  return { flaw: await reloadFlaw(reload, given.others, sshd, programs), asked };
}

describe("a reload", () => {
  test.each<{ title: string; given: Given; flaw: ReloadFlaw | undefined }>([
    { title: "that nothing prevents", given: { policy: OK }, flaw: undefined },
    {
      title: "with changes by others, before all else",
      given: { others, running: { ...alone, verified: false }, policy: FORBIDDEN },
      flaw: { why: "others", said: "/etc/ssh/a, /etc/ssh/b, since 2026-01-02T03:04:05Z" },
    },
    {
      title: "with changes by others that sshd would not start with",
      given: { others, test: BROKEN },
      flaw: {
        why: "others",
        said: "/etc/ssh/a, /etc/ssh/b, since 2026-01-02T03:04:05Z; and sshd would end: line 3: Bad option",
      },
    },
    {
      title: "of an sshd that would not start again, before a process that may be another's",
      given: { test: BROKEN, running: { ...alone, verified: false }, policy: FORBIDDEN },
      flaw: { why: "would-end", said: "line 3: Bad option" },
    },
    {
      title: "of an sshd that would not start again, and prints no reason (LogLevel QUIET)",
      given: { test: { ...OK, status: 255 } },
      flaw: { why: "would-end", said: "sshd -t ended with status 255 and printed no reason" },
    },
    {
      title: "of an sshd that cannot be run",
      given: { test: { ...OK, status: undefined, failed: "spawn EACCES" } },
      flaw: { why: "would-end", said: "spawn EACCES" },
    },
    {
      title: "of a process with the sockets of a socket unit that is gone",
      given: { running: { ...alone, fromSocketUnit: true } },
      flaw: {
        why: "would-end",
        said: "its sockets came from a socket unit that no longer exists, and it would lose them on a signal: restart it",
      },
    },
    {
      title: "without any of its addresses",
      given: { addresses: [GONE] },
      flaw: { why: "would-end", said: "ListenAddress 192.0.2.1 is not an address of this machine now" },
    },
    {
      title: "without an address on which it listens",
      given: { addresses: ["127.0.0.1:22", GONE], listens: [GONE] },
      flaw: { why: "would-end", said: "ListenAddress 192.0.2.1 is not an address of this machine now" },
    },
    {
      title: "without an address on which it does not listen",
      given: { addresses: ["127.0.0.1:22", GONE], listens: ["127.0.0.1:22"] },
      flaw: undefined,
    },
    {
      title: "without its addresses, if a socket unit listens",
      given: { addresses: [GONE], running: { ...service, socket: "ssh.socket" } },
      flaw: undefined,
    },
    {
      title: "of a process that may be another's, before a policy",
      given: { running: { ...alone, verified: false }, policy: FORBIDDEN },
      flaw: { why: "unsure" },
    },
    {
      title: "of a process with other options, which it would keep",
      given: { running: alone, words: ["-f", "/etc/x"] },
      flaw: { why: "unsure" },
    },
    { title: "of a process, by a policy", given: { running: alone, policy: FORBIDDEN }, flaw: { why: "policy" } },
    { title: "of a service, by a policy", given: { policy: FORBIDDEN }, flaw: { why: "policy" } },
    {
      title: "of a service, by a policy that cannot be asked",
      given: { policy: { ...OK, status: undefined } },
      flaw: { why: "policy" },
    },
    { title: "of a service, by a policy without a rule", given: { policy: { ...OK, status: 104 } }, flaw: undefined },
  ])("$title", async ({ given, flaw }) => {
    expect((await flawOf(given)).flaw).toEqual(flaw);
  });
});

describe("a restart", () => {
  test("that would end connections, before a policy", async () => {
    const running = { ...service, keepsConnections: false };
    expect((await flawOf({ running, by: "restart", policy: FORBIDDEN })).flaw).toEqual({ why: "ends-connections" });
    expect((await flawOf({ running, by: "reload" })).flaw).toBeUndefined();
  });

  test("is asked for at the policy by its name", async () => {
    const { asked } = await flawOf({ by: "restart", words: ["-f", "/etc/x"], policy: OK });
    expect(asked).toEqual(["/usr/sbin/sshd -t -f /etc/x", "/usr/sbin/policy-rc.d ssh restart"]);
  });
});
