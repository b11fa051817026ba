/**
 * Whether sshd lets a user in with a key that it was given: a real login for each obstacle. `doctor` and `explain` predict
 * the result, the rule, and the line in sshd's log.
 */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Explanation } from "../../src/explain/explanation.ts";
import { rowsForNow } from "../../tools/slowness.ts";
import { AGENT, METADATA_V4, type Namespace, openNamespace } from "../support/namespace.ts";
import { type HiddenSimulator, simulatorIn, withoutEndpoint } from "../support/namespace-simulator.ts";
import { describeWith } from "../support/needs.ts";
import { sshdIn } from "../support/sshd.ts";
import { makeAccounts } from "../support/sshd-accounts.ts";
import { type KeyPair, newKey } from "../support/sshd-keys.ts";
import type { LetIn } from "./let-in/case.ts";
import { CASES } from "./let-in/cases.ts";

const [PROGRAM] = AGENT;
/** Prints all keys, so only sshd's own rules can refuse a login. */
const PRINTER = "/usr/libexec/printer";
const PRINTED = "/usr/libexec/keys";

describeWith("sshd", "sshd's next step", () => {
  let namespace: Namespace;
  let simulator: HiddenSimulator;
  let keys: Readonly<Record<"ed25519" | "rsa", KeyPair>>;
  let port = 2200;

  beforeAll(async () => {
    namespace = await openNamespace();
    makeAccounts(namespace);
    simulator = await simulatorIn(namespace, [`${METADATA_V4}:80`]);
    simulator.installSettings(withoutEndpoint);
    keys = { ed25519: await newKey(namespace), rsa: await newKey(namespace, "rsa") };
    await namespace.mustRun(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "/root/other"]);
    namespace.write(PRINTER, `#!/bin/sh\nexec cat ${PRINTED}\n`, 0o755);
    namespace.write(PRINTED, `${keys.ed25519.line}\n${keys.rsa.line}\n`);
    const groups = readFileSync(namespace.outside("/etc/group"), "utf8");
    namespace.write("/etc/group", `${groups}ops people:x:5001:alice\n`);
  });
  afterAll(() => namespace?.close());

  /** Sets up a host, logs in, and asks both commands about it. */
  async function tried({
    settings = [],
    match = [],
    user = "alice",
    key: kind = "ed25519",
    prepare,
    mend,
    real,
  }: LetIn) {
    const key = keys[kind];
    const kept = ["/etc/passwd", "/etc/shadow"].map(
      (path) => [path, readFileSync(namespace.outside(path), "utf8")] as const,
    );
    try {
      await prepare?.(namespace, key);
      port += 1;
      const sshd = await sshdIn(namespace, { port, command: PRINTER, before: settings, settings: match });
      namespace.write("/etc/ssh/sshd_config", readFileSync(namespace.outside(`/etc/ssh/sshd_config_${port}`), "utf8"));
      await simulator.tell("push", { user, publicKey: key.line });
      const doctor = await asked("doctor", "--json", "--user", user);
      const explain = await asked("explain", "--json", user, key.fingerprint);
      const login = await sshd.login(user, [key], "echo in");
      const isIn = login.stdout === "in\n";
      await sshd.log.line(real === "refused" ? ENDS : /^Accepted publickey for /);
      const log = [...sshd.log.lines, login.stderr].join("\n");
      const seen = isIn ? "accepted" : /^Accepted publickey/m.test(log) ? "ended" : "refused";
      return { real: seen, doctor, explain: explain as Explanation, log };
    } finally {
      mend?.(namespace);
      for (const [path, text] of kept) namespace.write(path, text, path === "/etc/shadow" ? 0o600 : 0o644);
    }
  }

  async function asked(...words: string[]): Promise<unknown> {
    const { stdout, stderr } = await namespace.run([PROGRAM, ...words]);
    expect(stderr).toBe("");
    return JSON.parse(stdout);
  }

  test.each(rowsForNow(CASES))("$title: $real, as predicted", async (one) => {
    const { real, doctor, explain, log } = await tried(one);
    const { checks } = doctor as { checks: { check: string; status: string; message: string; hint?: string }[] };
    const check = checks.find((found) => found.check === one.check);
    const next = explain.sshd?.keys[0];
    const [reason] = next?.reasons ?? [];
    expect({
      real,
      outcome: next?.outcome,
      status: check?.status,
      log: real === one.real ? "" : log,
    }).toEqual({
      ...{ real: one.real, outcome: one.outcome, status: one.status, log: "" },
    });
    expect(check?.message).toMatch(one.message ?? /./);
    if (one.rule === undefined) return;
    expect(reason).toMatchObject({ rule: one.rule, hint: expect.stringMatching(/\w{3}/) });
    // The predicted line is in the log.
    if (reason?.log != null && one.real !== "accepted") expect(log).toMatch(pattern(reason.log));
  });
});

/** The last log line of a connection whose key was not accepted. */
const ENDS = /^(Connection (closed|reset) by|Disconnected from|Received disconnect|.*Access denied|monitor_read: )/;

/** Makes wildcards of the parts that only a login has: ADDRESS, PORT, USER, `…`. `fatal: ` is only in syslog. */
function pattern(line: string): RegExp {
  const words = line.replace(/^(fatal|error): /, "").split(/ADDRESS|PORT|USER|…/);
  return new RegExp(words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(".*"));
}
