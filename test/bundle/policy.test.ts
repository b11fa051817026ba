/** Host policy through the built bundle: the effect of a setting on a valid key, its report and its record. */
import { describe, expect, test } from "vitest";
import { agent, run, runOnTerminal } from "../support/agent.ts";
import { cannotMount, folder, inside, syslog } from "../support/host-log.ts";
import { fingerprint, KEY } from "../support/keys.ts";
import { simulated } from "../support/simulated.ts";

const one = simulated();
const ADMIN = "arn:aws:sts::111122223333:assumed-role/Admin/alice";
const OPS = "arn:aws:sts::111122223333:assumed-role/Ops/alice";
const FROM_ADMIN = ["arn:aws:sts::111122223333:assumed-role/Admin/*"];
const ruled = (user: string) => ({ rules: [{ users: [user], callers: FROM_ADMIN }] });

interface Case {
  readonly title: string;
  readonly policy: (user: string) => object;
  readonly caller?: string;
  readonly reason?: string;
}

/** Settings for fully valid keys, each for a separate user: only policy can refuse them. */
const CASES: readonly Case[] = [
  { title: "nothing is set", policy: () => ({}) },
  { title: "deny_users names another", policy: () => ({ deny_users: ["root"] }) },
  { title: "deny_users names the user", policy: (user) => ({ deny_users: [user] }), reason: "policy-user-denied" },
  {
    title: "deny_users and allow_users name the user",
    policy: (user) => ({ deny_users: ["u*"], allow_users: [user] }),
    reason: "policy-user-denied",
  },
  { title: "allow_users names another", policy: () => ({ allow_users: ["x"] }), reason: "policy-user-not-allowed" },
  { title: "allow_users is empty", policy: () => ({ allow_users: [] }), reason: "policy-user-not-allowed" },
  { title: "allow_users names the user", policy: (user) => ({ allow_users: [user] }) },
  { title: "a rule for the user names the caller", policy: ruled },
  { title: "a rule for the user names another caller", policy: ruled, caller: OPS, reason: "policy-caller" },
  { title: "rules name only other users", policy: () => ruled("root"), caller: OPS },
  {
    title: "rules name only other users, and the default is deny",
    policy: () => ({ ...ruled("root"), default: "deny" }),
    reason: "policy-default",
  },
];

describe("where", () => {
  test.each(CASES.map((one, i) => ({ ...one, user: `u${i}` })))(
    "$title: $reason",
    async ({ user, policy, caller = ADMIN, reason }) => {
      one().simulator.push({ user, publicKey: KEY, caller });
      const config = await one().settings({ policy: { ...policy(user) } });
      const { status, stdout, told } = await runOnTerminal(agent(config, user, fingerprint(KEY)));
      expect({ status, stdout }).toEqual({ status: 0, stdout: reason === undefined ? `${KEY}\n` : "" });
      expect(told).toMatch(
        reason === undefined ? /^eic-agent: accepted / : new RegExp(`^eic-agent: refused .*\\(${reason}\\)$`, "m"),
      );
    },
  );
});

describe("a key", () => {
  test("without a Caller matches no rule", async () => {
    const fields = [`#Timestamp=${Math.floor(Date.now() / 1000) + 50}`, `#Instance=${one().simulator.instanceId}`];
    one().simulator.push({ raw: true, user: "nameless", keyLine: KEY, fields });
    const everybody = [{ users: ["nameless"], callers: ["*", "*:*:*:*:*:*", "arn:aws:sts::*:assumed-role/*/*"] }];
    const config = await one().settings({ policy: { rules: everybody } });
    const { status, stdout, told } = await runOnTerminal(agent(config, "nameless"));
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
    expect(told).toContain('no rule of [policy] lets a key without a Caller log in as "nameless" (policy-caller)');
  });

  test("of an allowed caller is passed to sshd next to one of a denied caller", async () => {
    one().simulator.push({ user: "shared", publicKey: KEY, caller: OPS });
    const config = await one().settings({ policy: ruled("shared") });
    expect(await run(agent(config, "shared"))).toMatchObject({ status: 0, stdout: "" });
    one().simulator.push({ user: "shared", publicKey: KEY, caller: ADMIN });
    expect(await run(agent(config, "shared"))).toMatchObject({ status: 0, stdout: `${KEY}\n` });
  });

  test("with an invalid signature is refused for that, with any Caller", async () => {
    const fields = [
      `#Timestamp=${Math.floor(Date.now() / 1000) + 50}`,
      `#Instance=${one().simulator.instanceId}`,
      `#Caller=${ADMIN}`,
    ];
    one().simulator.push({ raw: true, user: "forged", keyLine: KEY, fields, signature: () => Buffer.alloc(256, 1) });
    const config = await one().settings({ policy: ruled("forged") });
    const { stdout, told } = await runOnTerminal(agent(config, "forged"));
    expect(stdout).toBe("");
    expect(told).toContain("(bad-signature)");
  });
});

describe.skipIf(cannotMount)("mode", () => {
  const policy = { deny_users: ["reported"] };

  test('"report" passes the key to sshd, and the log and a terminal show the verdict of "enforce"', async () => {
    const log = await syslog(folder());
    one().simulator.push({ user: "reported", publicKey: KEY, caller: ADMIN });
    const config = await one().settings({ policy: { ...policy, mode: "report" }, audit: { target: "syslog" } });
    const { status, stdout, told } = await runOnTerminal(
      inside(log.setup, agent(config, "reported", fingerprint(KEY))),
    );
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${KEY}\n` });
    expect(told).toContain('; [policy], which only reports, would refuse it: [policy] deny_users names "reported"\n');
    expect((await log.messages(1))[0]).toMatch(
      /^<84>.* eic-agent: key-offered-to-sshd user=reported .* would_refuse=policy-user-denied$/,
    );
  });

  test('"enforce" refuses it, and the log names the caller', async () => {
    const log = await syslog(folder());
    one().simulator.push({ user: "reported", publicKey: KEY, caller: ADMIN });
    const config = await one().settings({ policy: { ...policy, mode: "enforce" }, audit: { target: "syslog" } });
    const { status, stdout } = await run(inside(log.setup, agent(config, "reported", fingerprint(KEY))));
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
    expect((await log.messages(1))[0]).toMatch(
      new RegExp(
        `^<84>.* eic-agent: key-refused user=reported .* reason=policy-user-denied caller=${ADMIN} request_id=\\S+$`,
      ),
    );
  });
});
