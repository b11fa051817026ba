/** `eic-agent capture` and `explain --from`: the same verdicts without a network, and a harmless file. */
import { lstatSync, mkdtempSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Explanation } from "../../src/explain/explanation.ts";
import { startSimulator } from "../../src/simulator/simulator.ts";
import { command, run } from "../support/agent.ts";
import { KEY, keyLine } from "../support/keys.ts";
import { simulated, UNRECORDED } from "../support/simulated.ts";
import { capturesOf, from } from "./captured.ts";

const one = simulated({ authority: { caKey: "ec-p256" } });
const { place, capture } = capturesOf(one);

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
    { fault: "403", path: "token", gives: { kind: "no-keys", why: "metadata-off" } },
    { fault: "404", path: "keys", gives: { kind: "no-keys", why: "no-keys" } },
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
