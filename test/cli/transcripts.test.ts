/**
 * Output of every command, as recorded text: help, usage errors, and explain in its main forms, for a simulator's call.
 * Times, fingerprints and all other values that change each time are replaced with words. EIC_RECORD=1 rewrites the files.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { command, run } from "../support/agent.ts";
import { fingerprint, KEY, keyLine } from "../support/keys.ts";
import { describeWith } from "../support/needs.ts";
import { isExecutable, PROGRAM } from "../support/program.ts";
import { simulated } from "../support/simulated.ts";

const one = simulated({ authority: { caKey: "ec-p256" } });

/** Replaces values that change each time. Keys are named after their users, in the order of the test. */
const still = (text: string): string =>
  text
    .replaceAll(one().folder, "FOLDER")
    .replaceAll(fingerprint(KEY), "SHA256:ALICES-KEY")
    .replaceAll(fingerprint(keyLine("another")), "SHA256:ANOTHER-KEY")
    .replaceAll(KEY, "ssh-ed25519 ALICES-KEY")
    .replace(/settings-[A-Za-z0-9]{6}/g, "SETTINGS")
    .replace(/127\.0\.0\.1:\d+/g, "127.0.0.1:PORT")
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "REQUEST-ID")
    .replace(/\b[0-9A-F]{64}\b/g, "SHA-256")
    .replace(/\b[0-9A-F]{40}\b/g, "SHA-1")
    .replace(/\b[0-9A-F]{12}\.\.\./g, "SHA-1...")
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "TIME")
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/g, "TIME")
    .replace(/\d{4}-\d\d-\d\d\b/g, "DAY")
    .replace(/ +\d+\.\d ms/g, "  TIME ms")
    // The number of attempts within a deadline is random.
    .replace(/\b(503)(, 503)+/g, "$1, $1")
    .replace(/"(milliseconds|verifyMilliseconds|startedAt)": [\d.]+/g, '"$1": 0')
    .replace(/"(secondsLeft|uid)": \d+/g, '"$1": 0')
    .replace(/("bytes"): \d+/g, "$1: 0")
    .replace(/\(\d+ bytes\)/g, "(N bytes)")
    .replace(/\b\d+ (s|min|h|days) (left|old)/g, "N $2")
    .replace(/(asked|ran) as (root|user \d+)/, "$1 as SOMEBODY")
    .replace(/Node [\d.]+/, "Node VERSION")
    .replace(/OpenSSL [\d.]+/, "OpenSSL VERSION")
    .replace(/"(node|openssl)": "[\d.]+"/g, '"$1": "VERSION"')
    .replace(/(eic-agent|"version":) "?\d+\.\d+\.\d+"?/g, "$1 VERSION");

function holds(name: string, seen: { status: number | null; stdout: string; stderr: string }): void {
  const file = join(import.meta.dirname, "transcripts", `${name}.txt`);
  const said = seen.stderr === "" ? "" : `--- standard error ---\n${seen.stderr}`;
  const text = still(`${seen.stdout}${said}--- exit status ${seen.status} ---\n`);
  if (process.env.EIC_RECORD === "1") writeFileSync(file, text);
  expect(text).toBe(readFileSync(file, "utf8"));
}

describe("help and mistakes", () => {
  test.each([
    { name: "help", words: ["--help"] },
    { name: "help-authorized-keys", words: ["authorized-keys", "--help"] },
    { name: "help-explain", words: ["explain", "--help"] },
    { name: "help-capture", words: ["capture", "--help"] },
    { name: "help-doctor", words: ["doctor", "--help"] },
    { name: "help-sshd", words: ["sshd", "--help"] },
    { name: "help-logins", words: ["logins", "--help"] },
    { name: "help-settings", words: ["settings", "--help"] },
    { name: "help-completion", words: ["completion", "--help"] },
    { name: isExecutable ? "version-executable" : "version", words: ["--version"] },
    { name: "no-command", words: [] },
    { name: "unknown-command", words: ["explian", "alice"] },
    { name: "unknown-command-far", words: ["frobnicate"] },
    { name: "unknown-option", words: ["explain", "--wacth", "alice"] },
    { name: "unknown-option-with-value", words: ["capture", "alice", "--ouput=x"] },
    { name: "unknown-option-first", words: ["--hepl"] },
    { name: "too-many-words", words: ["explain", "a", "b", "c"] },
    { name: "missing-option", words: ["capture", "alice"] },
    { name: "missing-value", words: ["explain", "alice", "--at"] },
    { name: "twice", words: ["explain", "--config", "a", "--config", "b", "alice"] },
    { name: "unknown-action", words: ["sshd", "wire"] },
    { name: "option-of-another-action", words: ["sshd", "status", "--chain"] },
    { name: "both-at-once", words: ["sshd", "enable", "--chain", "--replace"] },
    { name: "unknown-shell", words: ["completion", "ksh"] },
    { name: "sshd-alone", words: ["sshd"] },
    { name: "control-characters", words: ["expl\u001b[2Jain"] },
  ])("$name", async ({ name, words }) => {
    holds(name, await run(command(...words)));
  });
});

describe("explain and capture", () => {
  // At 80 columns, the position of a line break depends on the number of digits of a time or a size.
  const wide = { COLUMNS: "100" };
  const explain = (...words: string[]) =>
    run(command("explain", "--no-sshd", "--config", one().config, ...words), wide);

  test("accepted and refused, as text and as JSON", async () => {
    const { simulator } = one();
    simulator.push({ user: "alice", publicKey: KEY });
    simulator.push({ user: "alice", publicKey: keyLine("another"), signature: () => Buffer.alloc(256, 1) });
    holds("explain", await explain("alice"));
    holds("explain-json", await explain("alice", "--json"));
    holds("explain-one-key", await explain("alice", fingerprint(KEY)));
    const file = join(one().folder, "call.json");
    const words = ["alice", "--no-sshd", "--config", one().config];
    holds("capture", await run(command("capture", ...words, "-o", file)));
    holds("capture-again", await run(command("capture", ...words, "-o", file)));
    holds("explain-from", await run(command("explain", "--from", file), wide));
    const redacted = join(one().folder, "redacted.json");
    holds("capture-redacted", await run(command("capture", ...words, "--redact", "-o", redacted)));
    holds("explain-from-redacted", await run(command("explain", "--from", redacted), wide));
  });

  test("no key", async () => {
    holds("explain-no-key", await explain("nobody"));
    one().simulator.faults.set({ fault: "403", path: "token" });
    holds("explain-metadata-off", await explain("nobody"));
  });

  test("a Fault of the chain, and one of the service", async () => {
    const { simulator } = one();
    simulator.push({ user: "bob", publicKey: KEY });
    simulator.authority.configure({ staples: { age: "stale" } });
    holds("explain-stale", await explain("bob"));
    simulator.authority.configure({ staples: { age: "current" } });
    simulator.faults.set({ fault: "503", path: "keys" });
    holds("explain-busy", await explain("bob"));
  });
});

describeWith("terminal", "appearance", () => {
  const inTerminal = (env: NodeJS.ProcessEnv, columns: number, ...words: string[]) => {
    const line = [...PROGRAM, ...words].map((word) => `'${word}'`).join(" ");
    return run(["script", "-qec", `stty cols ${columns}; exec ${line}`, "/dev/null"], env);
  };
  const colours = /\x1b\[\d+m/;

  test.each([
    { title: "colours on a terminal", env: { TERM: "xterm" }, coloured: true },
    { title: "no colour with NO_COLOR", env: { TERM: "xterm", NO_COLOR: "1" }, coloured: false },
    {
      title: "colours with an empty NO_COLOR, which says nothing",
      env: { TERM: "xterm", NO_COLOR: "" },
      coloured: true,
    },
    { title: "no colour on a dumb terminal", env: { TERM: "dumb" }, coloured: false },
    { title: "no colour on a console without TERM, as at boot", env: { TERM: undefined }, coloured: false },
  ])("$title", async ({ env, coloured }) => {
    const { stdout } = await inTerminal(env, 80, "explain", "--no-sshd", "--config", one().config, "nobody");
    expect(colours.test(stdout)).toBe(coloured);
  });

  test.each([
    { title: "CLICOLOR_FORCE colours a pipe", env: { CLICOLOR_FORCE: "1" }, coloured: true },
    { title: "CLICOLOR_FORCE=0 does not", env: { CLICOLOR_FORCE: "0" }, coloured: false },
    { title: "NO_COLOR is stronger", env: { CLICOLOR_FORCE: "1", NO_COLOR: "1" }, coloured: false },
  ])("$title", async ({ env, coloured }) => {
    const seen = await run(command("explain", "--no-sshd", "--config", one().config, "nobody"), env);
    expect(colours.test(seen.stdout)).toBe(coloured);
  });

  test("text fits 80 columns in a pipe or a file", async () => {
    const { simulator, config } = one();
    simulator.push({ user: "piped", publicKey: KEY });
    const seen = [
      await run(command("explain", "--no-sshd", "--config", config, "piped")),
      await run(command("doctor", "--config", config)),
      await run(command("sshd", "status")),
      await run(command("--help")),
    ];
    for (const { stdout } of seen) {
      const over = stdout.split("\n").filter((line) => line.length > 80);
      expect(over.filter((line) => !/SHA256:|arn:|\/\S{30}/.test(line))).toEqual([]);
    }
  });

  test("no colour in a pipe", async () => {
    const seen = await run(command("explain", "--no-sshd", "--config", one().config, "nobody"), { TERM: "xterm" });
    expect(seen.stdout).not.toContain("\x1b");
  });

  test.each([60, 80, 200])("lines are folded at %i columns, or at 100", async (columns) => {
    const { simulator, config } = one();
    simulator.push({ user: `wide${columns}`, publicKey: KEY });
    const { stdout } = await inTerminal(
      { TERM: "dumb" },
      columns,
      "explain",
      "--no-sshd",
      "--config",
      config,
      `wide${columns}`,
    );
    const most = Math.min(columns, 100);
    const over = stdout.split(/\r?\n/).filter((line) => line.length > most);
    // Fingerprints and ARNs cannot be broken.
    expect(over.filter((line) => !/SHA256:|arn:/.test(line))).toEqual([]);
    const help = await inTerminal({ TERM: "dumb" }, columns, "explain", "--help");
    expect(help.stdout.split(/\r?\n/).filter((line) => line.length > most)).toEqual([]);
  });

  test("a reader that goes away is not a failure", async () => {
    const seen = await run([
      "sh",
      "-c",
      '{ "$0" "$@"; echo "status $?" >&2; } | :',
      ...command("explain", "--no-sshd", "--config", one().config, "nobody"),
    ]);
    expect(seen.stderr).toBe("status 0\n");
  });
});
