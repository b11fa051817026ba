/** `eic-agent capture` and `explain --from`: the same verdicts without a network, a harmless file, and redaction. */
import { lstatSync, mkdtempSync, readFileSync, statSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Explanation } from "../../src/explain/explanation.ts";
import { startSimulator } from "../../src/simulator/simulator.ts";
import { command, run } from "../support/agent.ts";
import { KEY, keyLine } from "../support/keys.ts";
import { BUNDLE } from "../support/program.ts";
import { simulated, UNRECORDED } from "../support/simulated.ts";

const one = simulated({ authority: { caKey: "ec-p256" } });
const place = () => join(mkdtempSync(join(one().folder, "capture-")), "call.json");

const capture = (user: string, file: string, ...words: string[]) =>
  run(command("capture", user, "-o", file, "--no-sshd", "--config", one().config, ...words));

async function from(file: string, ...words: string[]): Promise<Explanation> {
  const { stdout, stderr } = await run(command("explain", "--from", file, "--json", ...words));
  expect(stderr).toBe("");
  return JSON.parse(stdout) as Explanation;
}

/** Returns the verdicts of an explanation, without its time. */
const verdicts = ({ answer, keys }: Explanation) => ({ answer, keys });

describe("capture", () => {
  test("stores what explain needs for the same verdicts without the service", async () => {
    const folder = mkdtempSync(join(one().folder, "away-"));
    const simulator = await startSimulator({ authority: { caKey: "ec-p256" } });
    const { config } = await simulator.writeSettings(folder, UNRECORDED);
    simulator.push({ user: "alice", publicKey: KEY });
    simulator.push({ user: "alice", publicKey: keyLine("x"), instance: "i-0fffffffffffffff0" });
    simulator.push({ user: "alice", publicKey: keyLine("y"), signature: () => Buffer.alloc(256) });
    const file = join(folder, "call.json");
    const made = await run(command("capture", "alice", "-o", file, "--no-sshd", "--config", config));
    expect(made).toMatchObject({ status: 0, stderr: "" });
    expect(made.stdout).toMatch(/: 12 replies kept; 1 key accepted, 2 refused\n$/);
    await simulator.close();

    const told = await from(file);
    expect(told.keys.map((key) => (key.verdict === "accepted" ? "accepted" : key.reason))).toEqual([
      "accepted",
      "wrong-instance",
      "bad-signature",
    ]);
    expect(verdicts(told)).toEqual(JSON.parse(readFileSync(file, "utf8")).recorded);
    expect(told.source).toMatchObject({ kind: "capture", ownRules: ["anchors"], redacted: false });
  });

  test("can be judged as of any time: an accepted key has expired an hour later, and staples have in a year", async () => {
    one().simulator.push({ user: "bob", publicKey: KEY });
    const file = place();
    await capture("bob", file);
    const { at } = await from(file);
    const laterBy = (seconds: number) => new Date(Date.parse(at) + seconds * 1000).toISOString();
    expect((await from(file, "--at", laterBy(3600))).keys).toMatchObject([{ reason: "expired" }]);
    expect((await from(file, "--at", laterBy(8 * 86_400))).answer).toMatchObject({ code: "STAPLE_STALE" });
    // The capture has every staple, including those that the verification did not need.
    expect((await from(file, "--at", laterBy(8 * 86_400))).staples).toHaveLength(5);
  });

  test.each([
    { fault: "403", path: "token", gives: { kind: "silent", why: "metadata-off" } },
    { fault: "404", path: "keys", gives: { kind: "silent", why: "no-keys" } },
    { fault: "503", path: "keys", gives: { code: "METADATA_STATUS" } },
    { fault: "garbage", path: "token", gives: { code: "METADATA_MALFORMED" } },
    { fault: "empty", path: "token", gives: { code: "METADATA_MALFORMED" } },
    { fault: "reset", path: "region", gives: { code: "METADATA_BROKEN" } },
    { fault: "hang", path: "signer-cert", gives: { code: "METADATA_TIMEOUT" } },
    { fault: "oversized", path: "signer-cert", gives: { code: "METADATA_TOO_LARGE" } },
    { fault: "404", path: "staple", gives: { code: "STAPLE_UNFETCHED" } },
    { fault: "401", path: "domain", times: 1, gives: { kind: "judged", accepted: 1 } },
    { fault: "500", path: "keys", times: 1, gives: { kind: "judged", accepted: 1 } },
  ] as const)("stores $fault on $path as it was", async ({ fault, path, gives, ...rule }) => {
    const user = `carol-${fault}-${path}`;
    one().simulator.push({ user, publicKey: KEY });
    one().simulator.faults.set({ fault, path, ...rule });
    const file = place();
    expect((await capture(user, file)).status).toBe(0);
    const told = await from(file);
    expect(told.answer).toMatchObject(gives);
    expect(told.answer).toMatchObject(JSON.parse(readFileSync(file, "utf8")).recorded.answer);
  });

  test("stores a call that its deadline ended", async () => {
    one().simulator.push({ user: "dave", publicKey: KEY });
    one().simulator.faults.set({ fault: "hang", path: "staple" });
    const config = await one().settings({ metadata: { deadline_ms: 500 } });
    const file = place();
    await run(command("capture", "dave", "-o", file, "--no-sshd", "--config", config));
    expect((await from(file)).answer).toMatchObject({ code: "METADATA_TIMEOUT" });
  });

  test("never stores the token", async () => {
    const seen: string[] = [];
    one().simulator.override("token", (original) => {
      seen.push(original.toString("latin1"));
      return original;
    });
    one().simulator.push({ user: "erin", publicKey: KEY });
    const file = place();
    await capture("erin", file);
    one().simulator.override("token");
    const text = readFileSync(file, "utf8");
    const [token = ""] = seen;
    expect(token.length).toBeGreaterThan(10);
    expect(text).not.toContain(token);
    expect(text).not.toContain(Buffer.from(token).toString("base64").replace(/=+$/, ""));
  });

  test("writes a file that only its owner can read, with any umask", async () => {
    const file = place();
    const words = command("capture", "nobody", "-o", file, "--no-sshd", "--config", one().config);
    expect(await run(["sh", "-c", 'umask 000; exec "$0" "$@"', ...words])).toMatchObject({ status: 0 });
    expect(statSync(file).mode & 0o7777).toBe(0o600);
  });

  test("refuses an existing file, and follows no link", async () => {
    const folder = mkdtempSync(join(one().folder, "there-"));
    const paths = { file: join(folder, "file"), link: join(folder, "link"), nowhere: join(folder, "nowhere") };
    writeFileSync(paths.file, "mine\n");
    symlinkSync(paths.file, paths.link);
    symlinkSync(join(folder, "none"), paths.nowhere);
    for (const path of Object.values(paths)) {
      const { status, stdout, stderr } = await capture("nobody", path);
      expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
      expect(stderr).toMatch(
        /^eic-agent: cannot write .* \(EEXIST\); existing files are not overwritten: name a new file\n$/,
      );
    }
    expect(readFileSync(paths.file, "utf8")).toBe("mine\n");
    expect(lstatSync(join(folder, "none"), { throwIfNoEntry: false })).toBeUndefined();
  });

  test("leaves no file if the settings cannot be read", async () => {
    const file = place();
    const seen = await run(command("capture", "alice", "-o", file, "--no-sshd", "--config", "/nowhere/config.toml"));
    expect(seen).toMatchObject({ status: 1, stderr: expect.stringContaining("FILE_UNREADABLE") });
    expect(lstatSync(file, { throwIfNoEntry: false })).toBeUndefined();
  });
});

describe("capture --redact", () => {
  const NAMES = ["444455556666", "Payroll", "jane.doe@example.org", "jane@laptop", "team-path"];
  const callers = [
    "arn:aws:sts::444455556666:assumed-role/Payroll/jane.doe@example.org",
    "arn:aws:iam::444455556666:user/team-path/Payroll",
    "444455556666 Payroll, by hand",
  ];

  let calls = 0;

  async function redactedCall() {
    const { simulator } = one();
    calls += 1;
    const user = `jane${calls}`;
    callers.forEach(
      (caller, i) => void simulator.push({ user, publicKey: `${keyLine(`jane ${i}`)} jane@laptop`, caller }),
    );
    simulator.push({
      user,
      publicKey: keyLine("jane x"),
      caller: callers[0] ?? "",
      instance: "i-0fffffffffffffff0",
    });
    const rules = [
      {
        users: ["jane*"],
        callers: ["arn:aws:sts::444455556666:assumed-role/Payroll/*", "arn:aws:iam::444455556666:user/*/*"],
      },
    ];
    const config = await one().settings({ policy: { rules } });
    const [plain, file] = [place(), place()];
    await run(command("capture", user, "-o", plain, "--no-sshd", "--config", config));
    await run(command("capture", user, "-o", file, "--no-sshd", "--redact", "--config", config));
    return { user, plain, file, text: readFileSync(file, "utf8") };
  }

  test("contains none of the names, neither as text nor in base64", async () => {
    const { text } = await redactedCall();
    const bodies = [...text.matchAll(/"body": "([^"]*)"/g)].map(([, body = ""]) =>
      Buffer.from(body, "base64").toString("latin1"),
    );
    for (const name of NAMES) for (const where of [text, ...bodies]) expect(where).not.toContain(name);
  });

  test("keeps the verdicts, replaces equal names equally, and marks the verdicts as recorded", async () => {
    const { plain, file } = await redactedCall();
    const [before, after] = [await from(plain), await from(file)];
    const word = ({ keys }: Explanation) => keys.map((key) => (key.verdict === "accepted" ? "accepted" : key.reason));
    expect(word(before)).toEqual(["accepted", "accepted", "policy-caller", "wrong-instance"]);
    expect(word(after)).toEqual(word(before));
    expect([before.proven, after.proven]).toEqual([true, false]);
    const [first, second, third, fourth] = after.keys.map(({ caller }) => caller);
    expect(first).toBe("arn:aws:sts::000000000001:assumed-role/principal-1/session-1");
    expect(second).toMatch(/^arn:aws:iam::000000000001:user\/principal-\d\/principal-1$/);
    expect([third, fourth]).toEqual(["caller-1", first]);
    const { stdout } = await run(command("explain", "--from", file));
    expect(stdout).toContain("keys, as RECORDED when the capture was made: not proven");
    expect(stdout).toMatch(/\nas recorded, not proven: 2 keys accepted for jane\d, 2 refused\n$/);
  });

  test("refuses a fingerprint", async () => {
    const { file, user } = await redactedCall();
    const seen = await run(command("explain", "--from", file, user, `SHA256:${"A".repeat(43)}`));
    expect(seen).toMatchObject({ status: 2, stderr: expect.stringContaining("is redacted") });
  });
});

describe("the rules inside a capture", () => {
  test("are announced, and are ignored if the reader passes other settings", async () => {
    one().simulator.push({ user: "mallory", publicKey: KEY });
    const file = place();
    await capture("mallory", file);
    const loud = await run(command("explain", "--from", file));
    const unfolded = loud.stdout.replace(/\s+/g, " ");
    expect(unfolded).toContain("JUDGED BY THE FILE'S OWN RULES: its own trust anchors.");
    expect(unfolded).toContain("anchor FROM THE CAPTURE");
    expect(unfolded).toContain("by the file's own anchors: 1 key accepted");
    // Settings without trust anchors: the pinned roots apply, and a simulator's signer has no path to them.
    const config = join(one().folder, "mine.toml");
    writeFileSync(config, "", { mode: 0o644 });
    const told = await from(file, "--config", config);
    expect(told).toMatchObject({ answer: { code: "CHAIN_UNTRUSTED" }, anchors: "pinned", source: { ownRules: [] } });
  });

  test("are announced for domains, skew and policy, too", async () => {
    one().simulator.push({ user: "peggy", publicKey: KEY });
    const file = place();
    const tables = { keys: { clock_skew_seconds: 5 }, policy: { deny_users: ["root"] } };
    const config = await one().settings(tables);
    await run(command("capture", "peggy", "-o", file, "--no-sshd", "--config", config));
    const told = await from(file);
    expect(told.source).toMatchObject({ ownRules: ["anchors", "clock_skew_seconds", "policy"] });
  });
});

describe("explain --from", () => {
  test("refuses a file that is not regular at once, and one that is too large", async () => {
    const folder = mkdtempSync(join(one().folder, "odd-"));
    const [fifo, large] = [join(folder, "fifo"), join(folder, "large")];
    await run(["mkfifo", fifo]);
    writeFileSync(large, "");
    truncateSync(large, 32 * 1024 * 1024 + 1);
    for (const [path, says] of [
      [fifo, "not a regular file"],
      [folder, "not a regular file"],
      [large, "larger than 33554432 bytes"],
      [BUNDLE, "not a capture: not JSON"],
    ]) {
      const seen = await run(command("explain", "--from", path ?? ""));
      expect({ status: seen.status, stdout: seen.stdout }).toEqual({ status: 1, stdout: "" });
      expect(seen.stderr).toContain(says);
      expect(seen.stderr).toMatch(/^eic-agent: [^\n]+\n$/);
    }
  });

  test("accepts only the capture's user", async () => {
    const file = place();
    await capture("nobody", file);
    expect((await run(command("explain", "--from", file, "nobody"))).status).toBe(0);
    const seen = await run(command("explain", "--from", file, "root"));
    expect(seen).toMatchObject({ status: 2, stdout: "", stderr: expect.stringContaining("about the user nobody") });
  });
});
