/**
 * A chained AuthorizedKeysCommand next to this program, with real programs: if either fails, the keys of the other are
 * still handed over. The chained commands are system programs (/bin/sh is root's everywhere), so these tests run without
 * root. The rules for the owner of such a file are tested in test/host/program.test.ts.
 */
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { agent, runOnTerminal } from "../support/agent.ts";
import { KEY, keyLine } from "../support/keys.ts";
import { BUNDLE, calledAs, isExecutable, takesWholeTables } from "../support/program.ts";
import { simulated } from "../support/simulated.ts";
import { called, chained, configsIn, sh } from "./chained.ts";

const one = simulated({ authority: { caKey: "ec-p256" } });
const configs = configsIn(one);
const isRoot = process.geteuid?.() === 0;

const THEIRS = `from="192.0.2.0/24",no-pty ${keyLine("theirs")} theirs@example\n`;
const MIB = 1024 * 1024;

/** Cases of this program: its output, and whether it answered. */
const OURS = [
  { ours: "keys", config: () => one().config, user: "pushed", prints: `${KEY}\n`, answers: true },
  { ours: "silence", config: () => one().config, user: "nobody", prints: "", answers: true },
  { ours: "METADATA_UNREACHABLE", config: () => configs().unreachable, user: "pushed", prints: "", answers: false },
  { ours: "SETTINGS_INVALID", config: () => configs().broken, user: "pushed", prints: "", answers: false },
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

describe("on a terminal", () => {
  test.each([
    { words: ["/usr/bin/printf", "x"], message: /"\/usr\/bin\/printf": 1 bytes, after \d+ ms: it exited with 0$/m },
    { words: sh("exit 3"), message: /"\/bin\/sh": none of its keys, after \d+ ms: it exited with 3$/m },
    { words: sh("kill -KILL $$"), message: /none of its keys, .*: it was ended by SIGKILL$/m },
    { words: ["/bin/cat", "/dev/zero"], message: /none of its keys, .*: it printed over 1048576 bytes$/m },
    { words: sh("exec sleep 60"), message: /none of its keys, .*: it had not ended in time/ },
    {
      words: sh("sleep 60 & printf x"),
      message: /: 1 bytes, .*: it exited with 0, but a process that it left running held/,
    },
    { words: ["/no/such"], message: /none of its keys, .*: it was not run: \/no\/such: ENOENT$/m },
    { words: ["relative"], message: /none of its keys, .*: it was not run: relative: not an absolute path$/m },
    { words: sh("echo said by theirs >&2"), message: /said by theirs/ },
  ])("the result of $words is printed in addition to eic-agent's answer", async ({ words, message }) => {
    const { status, told } = await runOnTerminal(chained(configs().short, "nobody", ...words));
    expect(status).toBe(0);
    expect(told).toMatch(message);
    expect(told).toContain("no key is pushed for this user");
  });

  test("eic-agent's Fault is printed although the other command answered", async () => {
    const { status, stdout, told } = await runOnTerminal(chained(configs().broken, "nobody", "/usr/bin/printf", "x"));
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
