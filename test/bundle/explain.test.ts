/** `eic-agent explain` as the built program: its output, that it agrees with a login, and its arguments. */
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Explanation } from "../../src/explain/explanation.ts";
import type { Push } from "../../src/simulator/imds/key-store.ts";
import { agent, command, run } from "../support/agent.ts";
import { fingerprint, KEY, keyLine } from "../support/keys.ts";
import { simulated } from "../support/simulated.ts";

const one = simulated({ authority: { caKey: "ec-p256" } });

/** Runs `explain` with a width at which no line is folded. */
const explain = (...words: string[]) =>
  run(command("explain", "--no-sshd", "--config", one().config, ...words), { COLUMNS: "200" });

async function explained(...words: string[]): Promise<Explanation> {
  const { stdout, stderr } = await explain("--json", ...words);
  expect(stderr).toBe("");
  return JSON.parse(stdout) as Explanation;
}

describe("explain", () => {
  test("shows steps, chain, staples and each key, and succeeds", async () => {
    const { simulator } = one();
    const { requestId } = simulator.push({ user: "alice", publicKey: KEY });
    simulator.push({ user: "alice", publicKey: keyLine("another"), instance: "i-0fffffffffffffff0" });
    const { status, stdout, stderr } = await explain("alice");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    for (const step of ["token", "keys", "values", "certificates", "staple list", "staples", "judgement"]) {
      expect(stdout).toMatch(new RegExp(`^  ${step} +\\d+\\.\\d ms`, "m"));
    }
    expect(stdout).toMatch(
      /^ {2}managed-ssh-signer\S+ .* days left\n {2}└─ Simulated RSA 2048 M01 .* left\n {5}└─ Simulated Root CA 1 .* left, anchor, from the settings$/m,
    );
    expect(stdout).toMatch(/^ {2}good {6}managed-ssh-signer.us-east-1.amazonaws.com, \d+ \w+ old, \d+ \w+ left$/m);
    expect(stdout).toMatch(new RegExp(`^  accepted  ${fingerprint(KEY).replace(/[+]/g, "\\+")}  \\d+ s left$`, "m"));
    expect(stdout).toContain(`request ${requestId}`);
    expect(stdout).toContain("wrong-instance: the key is for");
    expect(stdout).toMatch(/\n1 key accepted for alice, 1 refused; sshd's own rules were not checked\n$/);
  });

  test("accepts a public key file instead of its fingerprint", async () => {
    one().simulator.push({ user: "bob", publicKey: KEY });
    const file = join(one().folder, "key.pub");
    writeFileSync(file, `${KEY} bob@laptop\n`);
    expect(await explained("bob", file)).toMatchObject({ fingerprint: fingerprint(KEY), answer: { accepted: 1 } });
  });

  test("names the other keys of a document, as claimed", async () => {
    one().simulator.push({ user: "carol", publicKey: KEY });
    const told = await explained("carol", fingerprint(keyLine("another")));
    expect(told).toMatchObject({
      answer: { kind: "no-keys", why: "not-offered" },
      unverifiedFingerprints: [fingerprint(KEY)],
    });
  });

  test("judges as of another time with --at", async () => {
    one().simulator.push({ user: "dave", publicKey: KEY });
    const later = new Date(Date.now() + 120_000).toISOString();
    const told = await explained("dave", "--at", later);
    expect(told.at).toBe(later);
    expect(told.keys).toMatchObject([{ verdict: "refused", reason: "expired" }]);
  });

  test("shows every attempt of a step: a service that was busy once", async () => {
    one().simulator.faults.set({ fault: "503", path: "keys", times: 1 });
    const { steps } = await explained("erin");
    const keys = steps.find(({ step }) => step === "keys");
    expect(keys?.requests.map(({ status }) => status)).toEqual([503, 404]);
  });

  test.each(["401", "403", "500", "reset", "garbage"] as const)(
    "prints no part of a token, %s to the keys",
    async (fault) => {
      one().simulator.faults.set({ fault, path: "keys" });
      const { stdout } = await explain("frank", "--json");
      expect(stdout).not.toMatch(/[A-Za-z0-9+/_-]{50,}==/);
      const token = (JSON.parse(stdout) as Explanation).steps.find(({ step }) => step === "token");
      expect(token?.requests.every(({ bytes }) => bytes === null)).toBe(true);
    },
  );

  test("shows foreign text without interpreting it", async () => {
    const [esc, rtl] = ["\u001b[2J", "\u202e"];
    one().simulator.push({ user: "grace", publicKey: KEY, caller: `arn:aws:sts::1:assumed-role/A/${rtl}x` });
    one().simulator.push({ raw: true, user: "grace", keyLine: `${esc}x ${KEY}` });
    one().simulator.override("region", Buffer.from(`us${esc}`));
    try {
      expect((await explain("grace")).stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
      one().simulator.override("region");
      expect((await explain("grace")).stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
    } finally {
      one().simulator.override("region");
    }
  });

  test.each([
    { words: ["alice", "SHA256:short"], message: "neither a fingerprint" },
    { words: ["alice", "/dev/null"], message: "not a regular file", status: 1 },
    { words: ["alice", "--at", "yesterday"], message: "not a time with an offset" },
    { words: ["alice", "--at", "2026-02-30T25:00:00Z"], message: "not a time with an offset" },
    { words: [], message: "needs a USER" },
    { words: ["alice", "--watch", "--at", "2026-01-01T00:00:00Z"], message: "cannot be combined with --at" },
    { words: ["--from", "x", "--watch"], message: "cannot be combined with --from" },
    { words: ["--from", "/nowhere/x"], message: "ENOENT", status: 1 },
  ])("refuses $words in one line", async ({ words, message, status = 2 }) => {
    const seen = await explain(...words);
    expect({ status: seen.status, stdout: seen.stdout }).toEqual({ status, stdout: "" });
    expect(seen.stderr).toMatch(/^eic-agent: [^\n]+\n$/);
    expect(seen.stderr).toContain(message);
  });

  test("does not accept a private key", async () => {
    const file = join(one().folder, "id");
    // Only the first line: no key follows.
    writeFileSync(file, "-----BEGIN OPENSSH PRIVATE KEY-----\n", { mode: 0o600 });
    chmodSync(file, 0o600);
    expect(await explain("alice", file)).toMatchObject({ status: 1, stderr: expect.stringContaining(".pub file") });
  });
});

/** Generates pushes: good keys, keys of other instances, expired keys, forged and malformed blocks, in any order. */
const push = (user: string): fc.Arbitrary<Push> =>
  fc.oneof(
    fc.nat(3).map((n): Push => ({ user, publicKey: keyLine(`good ${n}`) })),
    fc.nat(3).map((n): Push => ({ user, publicKey: keyLine(`other ${n}`), instance: "i-0fffffffffffffff0" })),
    fc.nat(3).map((n): Push => ({ user, publicKey: keyLine(`late ${n}`), lifetimeSeconds: -5, lingerSeconds: 600 })),
    fc.nat(3).map((n): Push => ({ user, publicKey: keyLine(`forged ${n}`), signature: () => Buffer.alloc(256, 7) })),
    fc.nat(3).map((n): Push => ({ user, raw: true, keyLine: `command="x" ${keyLine(`options ${n}`)}` })),
    fc.nat(3).map((n): Push => ({ user, raw: true, keyLine: keyLine(`bare ${n}`), fields: ["#Instance"] })),
  );

test("the keys that explain accepts are those that authorized-keys prints, for any pushed keys", async () => {
  let count = 0;
  const pushes = fc.array(push("anyone"), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(pushes, fc.option(fc.nat(3)), async (pushed, offered) => {
      count += 1;
      const user = `user${count}`;
      for (const each of pushed) one().simulator.push({ ...each, user });
      const words = offered === null ? [user] : [user, fingerprint(keyLine(`good ${offered}`))];
      const [{ keys }, { status, stdout }] = await Promise.all([
        explained(...words),
        run(agent(one().config, ...words)),
      ]);
      const accepted = keys.flatMap((key) => (key.verdict === "accepted" ? [`${key.key}\n`] : []));
      expect(status).toBe(0);
      expect([...new Set(accepted)].join("")).toBe(stdout);
    }),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 40) },
  );
});
