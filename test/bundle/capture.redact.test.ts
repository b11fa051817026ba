/** `eic-agent capture --redact`: a capture without the names in it, and with the verdicts. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Explanation } from "../../src/explain/explanation.ts";
import { command, run } from "../support/agent.ts";
import { keyLine } from "../support/keys.ts";
import { simulated } from "../support/simulated.ts";
import { capturesOf, from } from "./captured.ts";

const one = simulated({ authority: { caKey: "ec-p256" } });
const { place } = capturesOf(one);

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
    expect([before.verified, after.verified]).toEqual([true, false]);
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
