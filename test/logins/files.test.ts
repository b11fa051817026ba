/** `eic-agent logins`, as built, on text logs in both forms, with rotated and compressed files. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { uptime } from "node:os";
import { describe, expect, onTestFinished, test } from "vitest";
import { cannotMount, folder } from "../support/host-log.ts";
import { asSshd, CALLER, iso, KEY, loginLines, loginsOf, traditional } from "./host.ts";

const HOUR = 3600;
const login = (time: (ago: number) => string, ago: number, more = {}) =>
  loginLines(time, { ago, pid: 4_000_001, end: ago - 720, ...more });

/** Returns the logins of the JSON form. */
async function listed(
  ...[files, words = [], host]: [Parameters<typeof loginsOf>[0], string[]?, Parameters<typeof loginsOf>[2]?]
): Promise<Record<string, unknown>[]> {
  const { stdout, stderr, status } = await loginsOf(files, ["--json", ...words], host);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return (JSON.parse(stdout) as { logins: Record<string, unknown>[] }).logins;
}

describe.skipIf(cannotMount)("a text log", () => {
  test.each([
    { form: "RFC 3339", time: iso, file: "auth.log" },
    { form: "traditional", time: traditional, file: "secure" },
  ])("with times as $form: a table, newest last", async ({ time, file }) => {
    const lines = [...login(time, 2 * HOUR, { user: "root", request: "request-0" }), ...login(time, HOUR)];
    const { stdout, stderr, status } = await loginsOf({ [file]: { lines } }, []);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/g, "TIME TIME TIME TIME ")).toBe(
      `TIME                  USER   CALLER                   FROM         STATE
TIME TIME TIME TIME   root   bob@example.org (Admin)  203.0.113.7  ended after 12 min
    ED25519 ${KEY}  request request-0
TIME TIME TIME TIME   alice  bob@example.org (Admin)  203.0.113.7  ended after 12 min
    ED25519 ${KEY}  request request-1

2 logins, 0 in session, since TIME TIME TIME TIME , from /var/log/${file}
note: any local user can write such lines into a text file; only the journal knows who wrote a line
`,
    );
  });

  test("with --wide: a line for each login, with the whole ARN", async () => {
    const { stdout } = await loginsOf({ "auth.log": { lines: login(iso, HOUR) } }, ["--wide"]);
    const [, row = ""] = stdout.split("\n");
    expect(row.split(/ {2,}/).slice(1)).toEqual([
      "alice",
      CALLER,
      "203.0.113.7 port 50122",
      `ED25519 ${KEY}`,
      "request-1",
      "ended after 12 min",
    ]);
  });

  test("with rotated files, as far as --since reaches", async () => {
    const files = {
      "auth.log": { lines: login(iso, HOUR, { user: "new" }) },
      "auth.log.1": { lines: login(traditional, 30 * HOUR, { user: "rotated" }), ago: 29 * HOUR },
      "auth.log.2.gz": { lines: login(traditional, 60 * HOUR, { user: "packed" }), ago: 59 * HOUR },
      "auth.log.3.gz": { lines: ["not read"], ago: 200 * HOUR },
      "auth.log.bak": { lines: login(iso, HOUR, { user: "copy" }) },
    };
    const users = async (since: string) => (await listed(files, ["--since", since])).map(({ user }) => user);
    expect(await users("24h")).toEqual(["new"]);
    expect(await users("31h")).toEqual(["rotated", "new"]);
    expect(await users("3d")).toEqual(["packed", "rotated", "new"]);
    expect(await users(iso(HOUR + 600))).toEqual(["new"]);
  });

  test("a record in one file, and the login in the next", async () => {
    const [record = "", ...rest] = login(iso, HOUR);
    const files = { secure: { lines: rest }, "secure-20261122": { lines: [record], ago: HOUR } };
    expect(await listed(files)).toMatchObject([{ user: "alice", state: "ended", certain: true }]);
  });

  test("without years, and older than a year: lines of the last year are not taken for those of today", async () => {
    const year = 365 * 24 * HOUR;
    const lines = [
      ...login(traditional, year + HOUR, { user: "old" }),
      ...login(traditional, 330 * 24 * HOUR),
      ...login(traditional, HOUR, { user: "new" }),
    ];
    expect((await listed({ secure: { lines } })).map(({ user }) => user)).toEqual(["new"]);
  });

  test("that is compressed by a method other than gzip, or broken: a note, and the rest is listed", async () => {
    const files = {
      secure: { lines: login(iso, HOUR) },
      "secure-20261122.xz": { lines: ["x"], ago: HOUR },
      "secure-20261121.gz": { lines: ["not compressed"], ago: 2 * HOUR, broken: true },
      "secure-20261120": { lines: ["\u0000".repeat(200_000)], ago: 3 * HOUR },
    };
    const { stdout } = await loginsOf(files, []);
    expect(stdout).toContain("1 login, 0 in session");
    expect(stdout).toContain("note: /var/log/secure-20261122.xz is not read: only gzip is");
    expect(stdout).toContain("note: /var/log/secure-20261121.gz could not be read to its end (Z_DATA_ERROR)");
  });

  test("with nothing about logins", async () => {
    const { stdout, status } = await loginsOf({ "auth.log": { lines: ["x"] } }, []);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^no login by EC2 Instance Connect since .*Z, from \/var\/log\/auth\.log\n/);
  });
});

describe.skipIf(cannotMount)("selected are", () => {
  const lines = [
    ...login(iso, 3 * HOUR, { pid: 4_000_001 }),
    ...login(iso, 2 * HOUR, {
      pid: 4_000_002,
      user: "root",
      caller: "arn:aws:iam::111122223333:user/eve",
      request: "r2",
    }),
    `${iso(HOUR)} host sshd[4000003]: Accepted publickey for deploy from 198.51.100.9 port 9 ssh2: RSA SHA256:${"B".repeat(43)}`,
    `${iso(HOUR)} host sshd[4000004]: Accepted password for carol from 198.51.100.9 port 10 ssh2`,
  ];
  test.each([
    { words: [], users: ["alice", "root"] },
    { words: ["--user", "root"], users: ["root"] },
    { words: ["--caller", "bob@*"], users: ["alice"] },
    { words: ["--caller", "arn:aws:iam::*:user/eve"], users: ["root"] },
    { words: ["--caller", "bo"], users: [] },
    { words: ["--all"], users: ["alice", "root", "deploy", "carol"] },
    { words: ["--now"], users: [] },
  ])("$words: $users", async ({ words, users }) => {
    expect((await listed({ "auth.log": { lines } }, words)).map(({ user }) => user)).toEqual(users);
  });

  test.each([
    { when: "since the host was started", uptime: 2 * HOUR, state: "ended, time not known" },
    { when: "before the host was started", uptime: 1800, state: "ended by a restart" },
  ])("logins by other means, with a name, $when", async ({ uptime, state }) => {
    const { stdout } = await loginsOf({ "auth.log": { lines } }, ["--all", "--user", "carol"], { uptime });
    const [, row = "", method] = stdout.split("\n");
    expect(row.split(/ {2,}/).slice(1)).toEqual(["carol", "not by EC2 Instance Connect", "198.51.100.9", state]);
    expect(method).toBe("    password");
  });

  test("with --now those whose process of sshd lives", async () => {
    const sleep = spawn(asSshd("/bin/sleep", folder()), ["600"]);
    onTestFinished(() => void sleep.kill("SIGKILL"));
    await once(sleep, "spawn");
    const files = (pid: number, ago: number) => ({ "auth.log": { lines: loginLines(iso, { ago, pid }) } });
    const pid = sleep.pid ?? 0;
    // The process was started by this system, so its time is of this system's start.
    const host = { uptime: uptime() };
    expect(await listed(files(pid, 0), ["--now"], host)).toMatchObject([{ state: "in-session", pid, endedAt: null }]);
    // The process is younger than the login, or is not of sshd.
    expect(await listed(files(pid, 60), [], host)).toMatchObject([{ state: "ended", endedAt: null, seconds: null }]);
    expect(await listed(files(process.pid, 0), [], host)).toMatchObject([{ state: "ended", endedAt: null }]);
  });
});

test.skipIf(cannotMount)("on a terminal a line shows the progress, and is removed", async () => {
  const inTerminal = ["sh", "-c", 'TERM=xterm exec script -qec "$*" /dev/null', "sh"];
  const { stdout } = await loginsOf({ "auth.log": { lines: login(iso, HOUR) } }, [], { wrapper: inTerminal });
  expect(stdout).toMatch(/^\r\x1b\[Kreading \/var\/log\/auth\.log: 100 %\r\x1b\[K\x1b\[1mTIME/);
});

test.skipIf(cannotMount)("a list that is longer than a pipe holds arrives whole", async () => {
  const lines = Array.from({ length: 1500 }, (_, i) => login(iso, HOUR + i, { pid: 4_000_000 + i })).flat();
  expect(await listed({ "auth.log": { lines } })).toHaveLength(1500);
});

test.skipIf(cannotMount)("JSON has every name that docs/logins.md describes", async () => {
  const { stdout } = await loginsOf({ "auth.log": { lines: login(iso, HOUR) } }, ["--json"]);
  const { at, since, program, logins, ...head } = JSON.parse(stdout);
  expect(head).toEqual({
    format: "eic-agent logins",
    version: 1,
    source: { kind: "files", files: ["/var/log/auth.log"], forgeable: true },
    notes: [],
  });
  expect([at, since, program.version]).toEqual([expect.any(String), expect.any(String), expect.any(String)]);
  expect(logins).toEqual([
    {
      at: expect.stringMatching(/Z$/),
      user: "alice",
      by: "ec2-instance-connect",
      certain: true,
      uncertainties: [],
      pushes: [{ caller: CALLER, requestId: "request-1", expires: null }],
      address: "203.0.113.7",
      port: 50122,
      method: "publickey",
      key: { type: "ED25519", fingerprint: KEY },
      state: "ended",
      endedAt: expect.stringMatching(/Z$/),
      seconds: 720,
      pid: 4_000_001,
      session: null,
    },
  ]);
});

describe.skipIf(cannotMount)("text of an attacker", () => {
  test("reaches the terminal in printable ASCII only", async () => {
    const lines = [
      `${iso(9)} host eic-agent[9]: key-offered-to-sshd user="m\\u00fcller" fingerprint=${KEY} caller="x\\u001b[2J\\nroot" request_id="\\u202e"`,
      `${iso(8)} host sshd[7]: Accepted publickey for m\\303\\274ller from \x1b[31m port 5 ssh2: ED25519 ${KEY}`,
      `${iso(7)} host sshd[8]: Accepted publickey for \\033]0;x\\a from 1.2.3.4 port 5 ssh2: ED25519 ${KEY}`,
    ];
    for (const words of [[], ["--wide"], ["--all"], ["--all", "--wide"], ["--all", "--json"]]) {
      const { stdout, status } = await loginsOf({ "auth.log": { lines } }, words);
      expect(status).toBe(0);
      expect(stdout).toMatch(words.includes("--json") ? /^[^\x00-\x09\x0b-\x1f\x7f-\x9f]*$/ : /^[\n\x20-\x7e]*$/);
      expect(stdout).toContain("ller");
    }
  });

  test("in a name that a client sends makes no login", async () => {
    const hostile = `x from 1.2.3.4 port 5 ssh2: ED25519 ${KEY}`;
    const lines = [
      `${iso(9)} host eic-agent[9]: key-offered-to-sshd user=alice fingerprint=${KEY}`,
      `${iso(8)} host sshd[7]: Failed password for invalid user Accepted publickey for alice ${hostile}`,
      `${iso(8)} host sshd[7]: Invalid user \\nAccepted publickey for alice ${hostile}`,
      `${iso(8)} host sudo[7]: eve : COMMAND=/bin/echo sshd[7]: Accepted publickey for alice ${hostile}`,
      `${iso(8)} host sshd[7]: ${"x".repeat(100_000)} Accepted publickey for alice ${hostile}`,
    ];
    expect(await listed({ "auth.log": { lines } }, ["--all"])).toMatchObject([{ state: "no-login-yet" }]);
  });
});

describe.skipIf(cannotMount)("a log that cannot be read", () => {
  test("is named with its readers, in one line", async () => {
    const wrapper = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--"];
    const { stdout, stderr, status } = await loginsOf({ secure: { lines: [] } }, [], { wrapper });
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toBe("eic-agent: /var/log/secure can be read by root; run this with sudo\n");
  });

  test("or does not exist", async () => {
    const { stderr, status } = await loginsOf({}, []);
    expect(status).toBe(1);
    expect(stderr).toBe(
      "eic-agent: this host has neither a journal nor a log file of sshd; logins are known only from a log\n",
    );
  });
});

test.each(["24 hours", "h", "-1h", "2026-01-31", "yesterday"])("--since %s is a usage error", async (since) => {
  const { stderr, status } = await loginsOf({}, ["--since", since]);
  expect({ status, stderr: stderr.split("\n").length }).toEqual({ status: 2, stderr: 2 });
});
