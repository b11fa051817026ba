/**
 * `explain` as root, if sshd's command asks the warm service: which process answered, and the report if the service still
 * trusts a signer that a new process would not. A script that speaks the relay's format (docs/relay.md) replaces the relay.
 */
import { renameSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Explanation } from "../../src/explain/explanation.ts";
import { type Host, openHost } from "../doctor/healthy-host.ts";
import { SERVICE_SOCKET } from "../doctor/warm-service.ts";
import { DOOR, PROGRAMS } from "../support/namespace.ts";
import { describeWith } from "../support/needs.ts";
import { newKey } from "../support/sshd-keys.ts";

/** Script in place of the relay. Without a service, it runs the one-shot program. */
const RELAY = `#!${PROGRAMS}/node
const { spawnSync } = require("node:child_process");
const [, , user, key] = process.argv;
const head = Buffer.from("EIC\\x01\\0\\0\\0\\0", "latin1");
head.writeUInt16BE(user.length, 4);
head.writeUInt16BE(key.length, 6);
const parts = [];
require("node:net").connect("${SERVICE_SOCKET}")
  .on("error", () => process.exit(spawnSync("/usr/bin/eic-agent", ["authorized-keys", "--", user, key], { stdio: "inherit" }).status))
  .on("data", (part) => parts.push(part))
  .on("end", () => {
    const answer = Buffer.concat(parts);
    process.stdout.write(answer.subarray(12));
    process.exitCode = answer[4];
  })
  .write(head.toString("latin1") + user + key);
`;

describeWith("sshd", "explain with the warm service", () => {
  let host: Host;
  beforeAll(async () => {
    host = await openHost();
    host.namespace.write("/etc/relay-of-the-test", RELAY);
    await host.namespace.mustRun(["sh", "-c", `cat /etc/relay-of-the-test >${DOOR}`]);
  });
  afterAll(() => host?.close());

  async function pushed(): Promise<string> {
    const { line, fingerprint } = await newKey(host.namespace);
    await host.simulator.tell("push", { user: "alice", publicKey: line });
    return fingerprint;
  }
  async function explained(fingerprint: string) {
    const words = [`${PROGRAMS}/eic-agent.cjs`, "explain", "alice", fingerprint];
    const { stdout } = await host.namespace.run([...words, "--json"]);
    const text = (await host.namespace.run(words)).stdout.replace(/\s+/g, " ");
    return { told: JSON.parse(stdout) as Explanation, text };
  }

  test("the service answers", async () => {
    const fingerprint = await pushed();
    const { told, text } = await explained(fingerprint);
    expect(told.command).toMatchObject({
      agrees: true,
      note: null,
      runs: [{ answeredBy: "service", printed: [fingerprint] }],
    });
    expect(text).toMatch(/1 key, by the warm service/);
  });

  test("the one-shot program answers if the service cannot be reached", async () => {
    const at = host.namespace.outside(SERVICE_SOCKET);
    renameSync(at, `${at}.away`);
    try {
      const fingerprint = await pushed();
      const { told, text } = await explained(fingerprint);
      expect(told.command).toMatchObject({ agrees: true, runs: [{ answeredBy: "process", printed: [fingerprint] }] });
      expect(text).toMatch(/1 key, by the one-shot program, not by the warm service/);
    } finally {
      renameSync(`${at}.away`, at);
    }
  });

  test("a command with a chained command never asks the service", async () => {
    const { namespace } = host;
    namespace.write(
      "/etc/ssh/sshd_config",
      `AuthorizedKeysCommand ${DOOR} %u %f -- /usr/bin/true
AuthorizedKeysCommandUser eic-agent\n`,
    );
    const { told } = await explained(await pushed());
    host.makeRight();
    expect(told.command).toMatchObject({ runs: [{ answeredBy: null }] });
  });

  test("the service still trusts a signer that was revoked, and explain reports that", async () => {
    const fingerprint = await pushed();
    await explained(fingerprint);
    await host.simulator.tell("revoke", { name: "signer" });
    const { told, text } = await explained(fingerprint);
    expect(told.answer).toMatchObject({ kind: "fault", code: "SIGNER_REVOKED" });
    expect(told.command).toMatchObject({
      agrees: false,
      note: expect.stringMatching(/caches a validated signer for up to ten minutes.*systemctl stop eic-agent\.service/),
      runs: [{ answeredBy: "service", unexpected: [fingerprint] }],
    });
    expect(text).toMatch(/ANOTHER ANSWER .*the warm service answered: /);
  });
});
