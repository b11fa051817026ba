/** Two thousand calls a second, for one user and for two hundred: metadata requests, and logins that succeed. */
import { writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { flood } from "../../support/flood.ts";
import { fingerprint, KEY, keyLine } from "../../support/keys.ts";
import { type Answered, type RunningService, startService } from "../../support/service.ts";
import { simulated } from "../../support/simulated.ts";

const one = simulated();
const FINGERPRINT = fingerprint(KEY);
const OTHER = fingerprint(keyLine("the flood's"));
const YES = { status: 0, lines: `${KEY}\n` };
const RATE = 2000;

const documents = () => one().simulator.requests.filter(({ path }) => path.includes("/active-keys/"));
const pause = (ms: number) => new Promise((next) => setTimeout(next, ms));

/** Asks again when the service is busy, as the relay does. */
async function insist(service: RunningService, user: string): Promise<Answered> {
  for (;;) {
    const answer = await service.ask(user, FINGERPRINT);
    if (answer.status !== 3) return answer;
    await pause(50 + Math.random() * 100);
  }
}

describe.each([
  { title: "one user", users: ["root"] },
  { title: "two hundred users", users: Array.from({ length: 200 }, (_, i) => `user-${i}`) },
])("a flood for $title", ({ users }) => {
  test("requests at most 200 documents a second, 40 for each user; and a login of any user among them succeeds", async () => {
    const { simulator, config } = one();
    const service = await startService(config);
    for (const user of ["alice", "bob"]) simulator.push({ user, publicKey: KEY });
    const began = performance.now();
    const calls = await flood({ socket: service.socket, users, fingerprint: OTHER, rate: RATE });
    await pause(2000);

    // sshd calls twice for a login.
    const logins: number[] = [];
    for (const user of ["alice", "alice", "bob", "bob"]) {
      const before = performance.now();
      expect(await insist(service, user)).toEqual(YES);
      logins.push(Math.round(performance.now() - before));
    }
    await pause(3000);
    const { sent, answers } = await calls.end();
    const milliseconds = performance.now() - began;

    const asked = documents();
    process.stdout.write(
      `${sent} calls in ${Math.round(milliseconds)} ms for ${users.length} users: ${JSON.stringify(answers)}; ` +
        `${asked.length} documents asked for; logins among it took ${logins.join(", ")} ms\n`,
    );
    // It was a flood: more than twice as many calls as documents may be requested. A busy machine sends fewer than RATE.
    const permitted = Math.min(200, 40 * users.length) * (milliseconds / 1000);
    expect(sent).toBeGreaterThan(2 * permitted);
    // By this test's own clock, started before the first request and read after the last: no request can be early.
    expect(asked.length).toBeLessThanOrEqual(milliseconds / 5 + 20);
    for (const [, own = []] of Object.entries(Object.groupBy(asked, ({ user = "" }) => user))) {
      expect(own.length).toBeLessThanOrEqual(milliseconds / 25 + 1);
    }
    // Every call was answered: without keys, or busy.
    expect(Object.keys(answers).filter((status) => status !== "0" && status !== "3")).toEqual([]);
    expect(simulator.requests.length - asked.length).toBeLessThanOrEqual(12);
    const { memory, records } = await service.status();
    expect(memory.rss).toBeLessThan(160 * 2 ** 20);
    expect(records.lost).toBeUndefined();
  });
});

test("a user who is denied during a flood gets no key from then on", async () => {
  const { simulator, settings } = one();
  const config = await settings({});
  const service = await startService(config);
  simulator.push({ user: "carol", publicKey: KEY });
  const calls = await flood({ socket: service.socket, users: ["carol", "root"], fingerprint: FINGERPRINT, rate: 1000 });
  await pause(1000);
  expect(await insist(service, "carol")).toEqual(YES);
  writeFileSync(config, `${await readFile(config, "utf8")}\n[policy]\ndeny_users = ["carol"]\n`);
  for (let i = 0; i < 20; i += 1) expect(await insist(service, "carol")).toEqual({ status: 0, lines: "" });
  await calls.end();
});

test("a flood of Faults, refusals and accepted keys leaves only the intended number of records", async () => {
  const { simulator, settings } = one();
  const service = await startService(await settings({ audit: { target: "journal" } }));
  simulator.push({ user: "dave", publicKey: KEY, instance: "i-00000000000000000" });
  const refused = await flood({ socket: service.socket, users: ["dave"], fingerprint: FINGERPRINT, rate: 1000 });
  await pause(2000);
  const { sent } = await refused.end();
  expect(sent).toBeGreaterThan(200);
  expect(service.said.filter((line) => line.startsWith("key-refused"))).toHaveLength(1);

  simulator.faults.set({ fault: "503", path: "keys" });
  const users = Array.from({ length: 50 }, (_, i) => `fault-${i}`);
  const faults = await flood({ socket: service.socket, users, fingerprint: FINGERPRINT, rate: 1000 });
  await pause(2000);
  await faults.end();
  simulator.faults.clear();
  // 503, and METADATA_TIMEOUT for calls that waited too long for their turn: each once, for a thousand calls.
  const codes = service.said.flatMap((line) => /^fault .* code=(\S+)/.exec(line)?.[1] ?? []);
  expect(codes).toContain("METADATA_STATUS");
  expect(codes).toEqual([...new Set(codes)]);

  simulator.push({ user: "erin", publicKey: KEY });
  const handed = await flood({ socket: service.socket, users: ["erin"], fingerprint: FINGERPRINT, rate: 500 });
  await pause(2000);
  const { answers } = await handed.end();
  service.child.kill("SIGTERM");
  await service.ended;
  // Each key that was handed over has its own record.
  expect(service.said.filter((line) => line.startsWith("key-offered-to-sshd"))).toHaveLength(answers["0"] ?? 0);
});
