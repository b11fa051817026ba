/** `eic-agent explain --from`: the rules that a capture brings along, and files that are refused. */
import { mkdtempSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { command, run } from "../support/agent.ts";
import { KEY } from "../support/keys.ts";
import { BUNDLE } from "../support/program.ts";
import { simulated } from "../support/simulated.ts";
import { capturesOf, from } from "./captured.ts";

const one = simulated({ authority: { caKey: "ec-p256" } });
const { place, capture } = capturesOf(one);

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
    for (const [path, message] of [
      [fifo, "not a regular file"],
      [folder, "not a regular file"],
      [large, "larger than 33554432 bytes"],
      [BUNDLE, "not a capture: not JSON"],
    ]) {
      const seen = await run(command("explain", "--from", path ?? ""));
      expect({ status: seen.status, stdout: seen.stdout }).toEqual({ status: 1, stdout: "" });
      expect(seen.stderr).toContain(message);
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
