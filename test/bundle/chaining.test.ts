/**
 * A chained AuthorizedKeysCommand next to this program, with real programs: if either fails, the keys of the other are
 * still handed over. The chained commands are system programs (/bin/sh is root's everywhere), so these tests run without
 * root. The rules for the owner of such a file are tested in test/host/program.test.ts.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { agent, runOnTerminal } from "../support/agent.ts";
import { KEY, keyLine } from "../support/keys.ts";
import { describeWith } from "../support/needs.ts";
import { BUNDLE, calledAs, isExecutable, takesWholeTables } from "../support/program.ts";
import { simulated } from "../support/simulated.ts";
import { within } from "../support/slack.ts";
import { until } from "../support/until.ts";

const one = simulated({ authority: { caKey: "ec-p256" } });
const isRoot = process.geteuid?.() === 0;

const THEIRS = `from="192.0.2.0/24",no-pty ${keyLine("theirs")} theirs@example\n`;
const MIB = 1024 * 1024;
/** Deadlines in milliseconds: one for the chained command, and the one of this program. */
const SHORT = 2000;
const DEADLINE = 4000;

interface Result {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly milliseconds: number;
}

/** Like `run`, with standard output as bytes. Returns once no process holds its standard output or error open. */
async function called([program = "", ...words]: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Result> {
  const start = performance.now();
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"], env: { PATH: process.env.PATH, ...env } });
  const parts: Buffer[] = [];
  let stderr = "";
  child.stdout.on("data", (part: Buffer) => parts.push(part));
  child.stderr.on("data", (part: Buffer) => {
    stderr += part;
  });
  const [status, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  return { status, signal, stdout: Buffer.concat(parts), stderr, milliseconds: performance.now() - start };
}

/** Returns a shell command. `$0` of the script is the first of `words`, for the test's use. */
const sh = (script: string, ...words: string[]): string[] => ["/bin/sh", "-c", script, ...words];
const chained = (config: string, user: string, ...other: string[]) => agent(config, user, "", "--", ...other);

/** Waits until the process (the group, for a negative id) has ended. A `sleep 60` that is left exceeds a test's time. */
async function gone(id: number): Promise<void> {
  expect(id).not.toBe(0);
  for (;;) {
    try {
      process.kill(id, 0);
    } catch {
      return;
    }
    await pause(10);
  }
}

let unreachable: string;
let broken: string;
let short: string;
beforeAll(async () => {
  const free = createServer().listen(0, "127.0.0.1");
  await once(free, "listening");
  const address = free.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  free.close();
  unreachable = await one().settings({ metadata: { endpoint: `http://127.0.0.1:${address.port}` } });
  broken = join(one().folder, "broken.toml");
  writeFileSync(broken, "[metadata\n", { mode: 0o644 });
  short = await one().settings({ chain: { deadline_ms: SHORT } });
});

/** Cases of this program: its output, and whether it answered. */
const OURS = [
  { ours: "keys", config: () => one().config, user: "pushed", prints: `${KEY}\n`, answers: true },
  { ours: "silence", config: () => one().config, user: "nobody", prints: "", answers: true },
  { ours: "METADATA_UNREACHABLE", config: () => unreachable, user: "pushed", prints: "", answers: false },
  { ours: "SETTINGS_INVALID", config: () => broken, user: "pushed", prints: "", answers: false },
];

const BINARY = Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7) % 256));

/** Cases of the chained command: its words, and the part of its output that counts; undefined if nothing counts. */
const QUICK: { theirs: string; words: () => readonly string[]; counts: () => Buffer | undefined }[] = [
  { theirs: "keys", words: () => ["/usr/bin/printf", "%s", THEIRS], counts: () => Buffer.from(THEIRS) },
  { theirs: "silence", words: () => ["/bin/true"], counts: () => Buffer.alloc(0) },
  {
    theirs: "keys and noise",
    words: () => sh(`echo noise >&2; printf %s "$0"; echo noise >&2`, THEIRS),
    counts: () => Buffer.from(THEIRS),
  },
  { theirs: "no final newline", words: () => ["/usr/bin/printf", "x"], counts: () => Buffer.from("x") },
  {
    theirs: "bytes of every value",
    words: () => ["/bin/cat", join(one().folder, "binary")],
    counts: () => BINARY,
  },
  { theirs: "1 MiB", words: () => ["/usr/bin/head", "-c", `${MIB}`, "/dev/zero"], counts: () => Buffer.alloc(MIB) },
  {
    theirs: "1 MiB and 1 byte",
    words: () => ["/usr/bin/head", "-c", `${MIB + 1}`, "/dev/zero"],
    counts: () => undefined,
  },
  { theirs: "bytes without end", words: () => ["/bin/cat", "/dev/zero"], counts: () => undefined },
  ...[1, 2, 126, 255].map((status) => ({
    theirs: `keys and status ${status}`,
    words: () => sh(`printf %s "$0"; exit ${status}`, THEIRS),
    counts: () => undefined,
  })),
  ...["KILL", "SEGV", "TERM", "PIPE"].map((signal) => ({
    theirs: `keys and SIG${signal}`,
    words: () => sh(`printf %s "$0"; kill -${signal} $$`, THEIRS),
    counts: () => undefined,
  })),
  { theirs: "a file that is missing", words: () => ["/no/such/command"], counts: () => undefined },
  { theirs: "a folder", words: () => ["/bin"], counts: () => undefined },
  { theirs: "no absolute path", words: () => ["printf", "x"], counts: () => undefined },
  { theirs: "an empty path", words: () => [""], counts: () => undefined },
];

/** All combinations for the executable. For the bundle a third of them, with each row and each column. */
const PAIRS = OURS.flatMap((row) =>
  QUICK.filter(({ theirs }) => takesWholeTables || row.ours === "keys" || ["keys", "silence"].includes(theirs)).map(
    (other) => ({ ...row, ...other }),
  ),
);

describe.concurrent("of two commands", () => {
  beforeAll(() => {
    writeFileSync(join(one().folder, "binary"), BINARY);
    one().simulator.push({ user: "pushed", publicKey: KEY, lifetimeSeconds: 300 });
  });

  test.each(PAIRS)(
    "eic-agent with $ours and the other with $theirs: the valid keys are printed, eic-agent's first",
    async ({ config, user, prints, answers, words, counts }) => {
      const { status, stdout, stderr } = await called(chained(config(), user, ...words()));
      const theirs = counts();
      expect({ status, stderr }).toEqual({ status: answers || theirs !== undefined ? 0 : 1, stderr: "" });
      expect(stdout.equals(Buffer.concat([Buffer.from(prints), theirs ?? Buffer.alloc(0)]))).toBe(true);
    },
  );
});

describe("a command that does not end", () => {
  /** Each command writes its process id, which is also its process group's id, to a file. */
  const SLOW = [
    { theirs: "hangs", script: `printf x; exec sleep 60`, counts: undefined },
    {
      theirs: "hangs and will not be asked",
      script: `trap "" TERM; printf x; while :; do sleep 60; done`,
      counts: undefined,
    },
    { theirs: "closes its output and hangs", script: `printf x; exec >&-; exec sleep 60`, counts: undefined },
    { theirs: "stops itself", script: `printf x; kill -STOP $$`, counts: undefined },
    { theirs: "prints a little without end", script: `while :; do printf x; sleep 0.1; done`, counts: undefined },
    { theirs: "leaves a child that holds its output", script: `sleep 60 & printf x`, counts: "x" },
    {
      theirs: "leaves a child that will not be asked",
      script: `(trap "" TERM; while :; do sleep 60; done) & printf x`,
      counts: "x",
    },
    // A daemon has left the process group and cannot be found: the call does not wait for it.
    { theirs: "leaves a daemon that holds its output", script: `setsid sleep 5 & printf x`, counts: "x" },
  ];

  test.concurrent.each(
    SLOW.flatMap((other, i) =>
      [true, false].map((reachable) => ({ ...other, reachable, place: `slow-${i}-${reachable}` })),
    ),
  )(
    "that $theirs is stopped at its deadline, and eic-agent's answer ($reachable) is printed",
    async ({ script, counts, reachable, place }) => {
      const file = join(one().folder, place);
      one().simulator.push({ user: place, publicKey: KEY, lifetimeSeconds: 300 });
      const chain = { deadline_ms: SHORT };
      const endpoint = /endpoint = "([^"]*)"/.exec(readFileSync(unreachable, "utf8"))?.[1] ?? "";
      const config = reachable ? short : await one().settings({ chain, metadata: { endpoint } });
      const result = await called(chained(config, place, ...sh(`echo $$ >"$0"; ${script}`, file)));
      const { status, stderr, milliseconds } = result;
      expect({ status, stderr, stdout: result.stdout.toString() }).toEqual({
        status: reachable || counts !== undefined ? 0 : 1,
        stderr: "",
        stdout: `${reachable ? `${KEY}\n` : ""}${counts ?? ""}`,
      });
      expect(milliseconds).toBeLessThan(await within(DEADLINE));
      await gone(-Number(readFileSync(file, "utf8")));
    },
  );

  test("has 8 seconds if no settings can be read, and not 4 as eic-agent's call", async () => {
    const { status, stdout } = await called(chained(broken, "pushed", ...sh("sleep 5; printf x")));
    expect({ status, stdout: stdout.toString() }).toEqual({ status: 0, stdout: "x" });
  });

  test("is waited for until its last child ends, as sshd does", async () => {
    const { status, stdout } = await called(chained(short, "nobody", ...sh("(sleep 0.3; printf y) & printf x")));
    expect({ status, stdout: stdout.toString() }).toEqual({ status: 0, stdout: "xy" });
  });

  test("is not waited for if it prints nothing and has ended, but its children are ended", async () => {
    const file = join(one().folder, "left");
    const script = `sleep 60 >/dev/null 2>&1 & echo $! >"$0"; printf x`;
    const { status, stdout } = await called(chained(one().config, "nobody", ...sh(script, file)));
    expect({ status, stdout: stdout.toString() }).toEqual({ status: 0, stdout: "x" });
    await gone(Number(readFileSync(file, "utf8")));
  });
});

describe("a signal to eic-agent", () => {
  test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
    "%s while both run ends both, with nothing printed",
    async (name) => {
      const file = join(one().folder, name);
      one().simulator.push({ user: name, publicKey: KEY });
      one().simulator.faults.set({ fault: "hang", path: "keys" });
      const script = `trap "" TERM; printf x; echo $$ >"$0"; while :; do sleep 60; done`;
      const [program = "", ...words] = chained(one().config, name, ...sh(script, file));
      const child = spawn(program, words, { stdio: ["ignore", "pipe", "ignore"] });
      let stdout = "";
      child.stdout.on("data", (bytes) => {
        stdout += bytes;
      });
      // Both commands run: both have begun, and neither has ended.
      const hangs = () => one().simulator.requests.some(({ fault }) => fault === "hang");
      await until(() => hangs() && existsSync(file) && readFileSync(file, "utf8") !== "", child);
      child.kill(name);
      const [status, signal] = await once(child, "close");
      expect({ status, signal, stdout }).toEqual({ status: null, signal: name, stdout: "" });
      await gone(-Number(readFileSync(file, "utf8")));
    },
  );
});

describe("the other command has", () => {
  const found = async (words: readonly string[], env: NodeJS.ProcessEnv = {}) => {
    const { status, stdout } = await called(chained(one().config, "nobody", ...words), env);
    expect(status).toBe(0);
    return stdout.toString();
  };

  const variables = async (env: NodeJS.ProcessEnv) =>
    (await found(["/usr/bin/env"], { EVIL: "1", NODE_ENV: "test", LC_ALL: "C", ...env })).split("\n").filter(Boolean);
  const SSHDS = { USER: "x", LOGNAME: "y", HOME: "/x" };
  const textOf = (env: object) => Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const PATH = "PATH=/usr/bin:/bin:/usr/sbin:/sbin";

  test.each([{ LANG: "de_DE.UTF-8" }, {}])("the variables that sshd sets, and no others: %j", async (lang) => {
    expect((await variables({ ...SSHDS, ...lang })).toSorted()).toEqual(
      [PATH, ...textOf(SSHDS), ...textOf(lang)].toSorted(),
    );
  });

  test.each([{}, { USER: "x" }, { USER: "", HOME: "/x" }, { USER: "x", HOME: "x" }])(
    "if sshd has not set them, as by hand, those of the account: %j",
    async (given) => {
      const passwd = execFileSync("getent", ["passwd", `${process.geteuid?.()}`], { encoding: "utf8" })
        .trim()
        .split(":");
      const [name, home] = [passwd[0], passwd[5]];
      expect((await variables(given)).toSorted()).toEqual(
        [PATH, ...textOf({ USER: name, LOGNAME: name, HOME: home })].toSorted(),
      );
    },
  );

  describeWith("namespace", "while /etc/passwd cannot be read", () => {
    /** Replaces /etc/passwd with a socket, which not even root can open. No other source of users is queried. */
    const HIDE = `
      d=$(mktemp -d) && trap 'rm -rf "$d"' EXIT && echo 'passwd: files' > "$d/nsswitch"
      node=$1; shift
      "$node" -e 'require("node:net").createServer().listen(process.argv[1], () => process.kill(process.pid, 9))' "$d/socket" || :
      mount --bind "$d/nsswitch" /etc/nsswitch.conf && mount --bind "$d/socket" /etc/passwd && "$@"`;
    const apart = ["unshare", ...(isRoot ? [] : ["--user", "--map-root-user"]), "--mount", "--propagation", "private"];
    const there = async (words: readonly string[], env: NodeJS.ProcessEnv) => {
      const { status, stdout } = await called([...apart, "sh", "-c", HIDE, "sh", process.execPath, ...words], env);
      return { status, lines: stdout.toString().split("\n").filter(Boolean).toSorted() };
    };

    test("no account can be found", async () => {
      expect((await there(["getent", "passwd", "0"], {})).status).not.toBe(0);
    });

    test("its keys are printed, with the variables that sshd has set", async () => {
      const words = chained(one().config, "nobody", "/usr/bin/env");
      expect(await there(words, SSHDS)).toEqual({ status: 0, lines: [PATH, ...textOf(SSHDS)].toSorted() });
    });

    test("and without them, if none are set", async () => {
      const words = chained(one().config, "nobody", "/usr/bin/env");
      expect(await there(words, {})).toEqual({ status: 0, lines: [PATH] });
    });
  });

  test("its arguments unchanged: no shell is involved", async () => {
    const odd = ["a b", "", "$(id)", "*", "`id`", "--", "-x", "'", '"', "\\", "é\n"];
    expect(await found(["/usr/bin/printf", "<%s>", ...odd])).toBe(odd.map((word) => `<${word}>`).join(""));
  });

  test("the path from the line as its own name", async () => {
    const [name] = (await found(["/bin/cat", "/proc/self/cmdline"])).split("\0");
    expect(name).toBe("/bin/cat");
  });

  test.each([
    { what: "the root folder", of: "cwd", gives: /^\/$/ },
    { what: "nothing on its standard input", of: "fd/0", gives: /^\/dev\/null$/ },
    { what: "a separate output", of: "fd/1", gives: /^(socket|pipe):\[/ },
    { what: "no reader of its standard error", of: "fd/2", gives: /^\/dev\/null$/ },
  ])("$what", async ({ of, gives }) => {
    expect((await found(["/bin/readlink", `/proc/self/${of}`])).trim()).toMatch(gives);
  });

  test("no signal that is ignored or blocked", async () => {
    const lines = (await found(["/bin/grep", "-E", "^Sig(Ign|Blk)", "/proc/self/status"])).trim().split("\n");
    expect(lines.map((line) => Number.parseInt(line.split("\t")[1] ?? "", 16))).toEqual([0, 0]);
  });
});

describe("on a terminal", () => {
  test.each([
    { words: ["/usr/bin/printf", "x"], says: /"\/usr\/bin\/printf": 1 bytes, after \d+ ms: it exited with 0$/m },
    { words: sh("exit 3"), says: /"\/bin\/sh": none of its keys, after \d+ ms: it exited with 3$/m },
    { words: sh("kill -KILL $$"), says: /none of its keys, .*: it was ended by SIGKILL$/m },
    { words: ["/bin/cat", "/dev/zero"], says: /none of its keys, .*: it printed over 1048576 bytes$/m },
    { words: sh("exec sleep 60"), says: /none of its keys, .*: it had not ended in time/ },
    {
      words: sh("sleep 60 & printf x"),
      says: /: 1 bytes, .*: it exited with 0, but a process that it left running held/,
    },
    { words: ["/no/such"], says: /none of its keys, .*: it was not run: \/no\/such: ENOENT$/m },
    { words: ["relative"], says: /none of its keys, .*: it was not run: relative: not an absolute path$/m },
    { words: sh("echo said by theirs >&2"), says: /said by theirs/ },
  ])("the result of $words is printed in addition to eic-agent's answer", async ({ words, says }) => {
    const { status, told } = await runOnTerminal(chained(short, "nobody", ...words));
    expect(status).toBe(0);
    expect(told).toMatch(says);
    expect(told).toContain("no key is pushed for this user");
  });

  test("eic-agent's Fault is printed although the other command answered", async () => {
    const { status, stdout, told } = await runOnTerminal(chained(broken, "nobody", "/usr/bin/printf", "x"));
    expect({ status, stdout }).toEqual({ status: 0, stdout: "x" });
    expect(told).toContain("SETTINGS_INVALID");
  });
});

describe("writing the answer", () => {
  test("succeeds if the reader has gone away, and fails if the disk is full", async () => {
    const words = chained(one().config, "nobody", "/usr/bin/printf", "x");
    const gone = await called(["sh", "-c", `{ sleep 0.2; "$0" "$@"; echo "status $?" >&2; } | :`, ...words]);
    expect(gone.stderr).toBe("status 0\n");
    expect((await called(["sh", "-c", `exec "$0" "$@" >/dev/full`, ...words])).status).toBe(1);
  });
});

// Only for the bundle: the executable has no separate file for chaining.
if (!isExecutable)
  describe("the code for chaining", () => {
    let folder: string;
    beforeAll(() => {
      folder = join(one().folder, "without");
      mkdirSync(folder);
      for (const name of ["eic-agent.cjs", "eic-agent-settings.cjs"])
        copyFileSync(join(BUNDLE, "..", name), join(folder, name));
    });

    test("is not loaded by a call without another command", async () => {
      one().simulator.push({ user: "lean", publicKey: KEY });
      const [node = "", , ...words] = agent(one().config, "lean");
      const { status, stdout } = await called([node, join(folder, "eic-agent.cjs"), ...words]);
      expect({ status, stdout: stdout.toString() }).toEqual({ status: 0, stdout: `${KEY}\n` });
    });
  });

// In a separate network namespace without a metadata service: default settings may reach the real one.
describe.runIf(isRoot)("sshd's entry point, as root", () => {
  const door = () => calledAs("authorized-keys", join(one().folder, "libexec"));

  test.each([
    { words: ["alice", "SHA256:x", "--", "/usr/bin/printf", "<%s>", "a", "--"], prints: "<a><-->" },
    { words: ["--", "--", "--", "/usr/bin/printf", "x"], prints: "x" },
    { words: ["--config", "/no/such", "--", "/usr/bin/printf", "x"], prints: "x" },
    { words: ["", "", "--", "/usr/bin/printf", "x"], prints: "x" },
  ])("runs the other command of $words", async ({ words, prints }) => {
    const { status, stdout } = await called(["unshare", "--net", "--", ...door(), ...words]);
    expect({ status, stdout: stdout.toString() }).toEqual({ status: 0, stdout: prints });
  });

  test.each([
    { words: ["alice", "--", "/usr/bin/printf", "x"] },
    { words: ["--", "/usr/bin/printf", "x"] },
    { words: ["alice", "SHA256:x", "--"] },
    { words: ["alice", "SHA256:x", "/usr/bin/printf", "x"] },
    { words: ["alice", "SHA256:x", "--x", "/usr/bin/printf", "x"] },
  ])("runs nothing for $words: a usage error", async ({ words }) => {
    const { status, stdout } = await called(["unshare", "--net", "--", ...door(), ...words]);
    expect({ status, stdout: stdout.toString() }).toEqual({ status: 2, stdout: "" });
  });
});
