/** The report of a trial, in the built service and in the built one-shot program: what is counted, and what is recorded. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { limit } from "../../tools/slowness.ts";
import { agent, command, run } from "../support/agent.ts";
import { fingerprint, KEY } from "../support/keys.ts";
import { exchangeBytes, type RunningService, serviceAt, trialBytes } from "../support/service.ts";
import { simulated } from "../support/simulated.ts";

const one = simulated();
const FINGERPRINT = fingerprint(KEY);
const [SUCCEEDED, FAILED, TOO_LONG] = ["\x00", "\x01", "\x02"];
/** An answer without keys, as docs/relay.md has it. */
const TAKEN = Buffer.concat([Buffer.from("EIC\x01", "latin1"), Buffer.alloc(8)]);

function folder(): string {
  const at = mkdtempSync("/tmp/eic-trial-");
  onTestFinished(() => rmSync(at, { recursive: true, force: true }));
  return at;
}

async function report({ socket }: RunningService, user: string, text: string): Promise<void> {
  const answer = await exchangeBytes(socket, trialBytes(user, FINGERPRINT, Buffer.from(text, "latin1")));
  expect(answer.equals(TAKEN)).toBe(true);
}

describe("the service", () => {
  test("compares, counts, records each difference once a minute, and offers no key", async () => {
    const { simulator, settings } = one();
    const config = await settings({ policy: { deny_users: ["bob"] }, audit: { target: "journal" } });
    const service = await serviceAt(join(folder(), "s.sock"), config);
    for (const user of ["alice", "bob"]) simulator.push({ user, publicKey: KEY });

    await report(service, "alice", `${SUCCEEDED}${KEY}\n`);
    await report(service, "carol", SUCCEEDED);
    await report(service, "carol", FAILED);
    expect((await service.status()).trial).toEqual({ agrees: 3 });

    await report(service, "alice", SUCCEEDED);
    await report(service, "alice", `${FAILED}${KEY}\n`);
    await report(service, "bob", `${SUCCEEDED}${KEY}\n`);
    await report(service, "bob", `${SUCCEEDED}${KEY}\n`);
    await report(service, "alice", TOO_LONG);
    const status = await service.status();
    expect(status).toMatchObject({
      trial: { agrees: 3, differs: 4, "not-compared": 1 },
      calls: { total: 0, rejected: 0 },
      ...{ answers: {}, faults: {}, refusals: {}, records: { written: 3, counted: 1 } },
    });
    const about = (user: string) => `trial-differs user=${user} fingerprint=${FINGERPRINT}`;
    const by = / caller=arn:aws:\S+ request_id=\S+$/.source;
    const records = service.said.filter((line) => !line.startsWith("service-"));
    expect(records.map((line) => line.replace(new RegExp(by), " BY"))).toEqual([
      `${about("alice")} in_force=none eic_agent=${FINGERPRINT} BY`,
      `${about("alice")} in_force=failed eic_agent=${FINGERPRINT} BY`,
      `${about("bob")} in_force=${FINGERPRINT} eic_agent=none reason=policy-user-denied BY`,
    ]);
    const page = await run(command("status", "--socket", service.socket));
    expect(page.stdout).toMatch(
      /^trial +4 differs, 3 agrees, 1 not-compared:\s+calls\s+that\s+another\s+command\s+decided$/m,
    );
    const metrics = await run(command("status", "--socket", service.socket, "--prometheus"));
    expect(metrics.stdout).toContain('eic_agent_trial_total{result="differs"} 4\n');
    expect(metrics.stdout).toContain('eic_agent_trial_total{result="unanswered"} 0\n');
  });

  test("that gets no answer itself: unanswered if there was no key, else a difference with the Fault's code", async () => {
    const { simulator, settings } = one();
    const service = await serviceAt(join(folder(), "s.sock"), await settings({ audit: { target: "journal" } }));
    simulator.faults.set({ fault: "500", path: "keys" });
    await report(service, "alice", SUCCEEDED);
    await report(service, "alice", `${SUCCEEDED}${KEY}\n`);
    simulator.faults.clear();
    const { trial, faults } = await service.status();
    expect({ trial, faults }).toEqual({ trial: { unanswered: 1, differs: 1 }, faults: {} });
    expect(service.said.join("\n")).toContain(`in_force=${FINGERPRINT} eic_agent=none reason=METADATA_STATUS`);
  });

  test("takes a report in pieces, of which the first does not yet say what it is", async () => {
    const { config } = one();
    const service = await serviceAt(join(folder(), "s.sock"), config);
    const whole = trialBytes("carol", FINGERPRINT, Buffer.alloc(32 * 1024));
    const socket = connect(service.socket);
    const parts: Buffer[] = [];
    socket.on("data", (part) => parts.push(part));
    socket.write(whole.subarray(0, 2), () => setImmediate(() => socket.write(whole.subarray(2))));
    await once(socket, "close");
    expect(Buffer.concat(parts).equals(TAKEN)).toBe(true);
    expect((await service.status()).trial).toEqual({ agrees: 1 });
  });

  test("handles no part of a report that its client does not finish, and ends nothing else for it", async () => {
    const { config } = one();
    const service = await serviceAt(join(folder(), "s.sock"), config);
    const socket = connect(service.socket);
    socket.write(trialBytes("alice", FINGERPRINT, Buffer.from([0, 1, 2])).subarray(0, -1));
    socket.end();
    await once(socket.resume(), "close");
    expect((await service.status()).trial).toEqual({});
    expect(await service.ask("carol", FINGERPRINT)).toEqual({ status: 0, lines: "" });
  });
});

describe("the one-shot program", () => {
  /** Runs it with a report on standard input. */
  async function reported(config: string, user: string, text: string) {
    const [program = "", ...words] = agent(config, "--within", `${limit(8)}`, "--", user, FINGERPRINT, "--trial");
    const child = spawn(program, words, { stdio: ["pipe", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (part) => (said += part));
    child.stdin.on("error", () => undefined).end(Buffer.from(text, "latin1"));
    const [status] = await once(child, "close");
    return { status, said };
  }

  test("prints nothing, whatever the answers are", async () => {
    const { simulator, settings } = one();
    const config = await settings({ audit: { target: "none" } });
    simulator.push({ user: "alice", publicKey: KEY });
    const silent = { status: 0, said: "" };
    expect(await reported(config, "alice", `${SUCCEEDED}${KEY}\n`)).toEqual(silent);
    expect(await reported(config, "alice", SUCCEEDED)).toEqual(silent);
    simulator.faults.set({ fault: "500", path: "keys" });
    expect(await reported(config, "alice", SUCCEEDED)).toEqual(silent);
    simulator.faults.clear();
  });

  test.each([
    ["without a report", ""],
    ["with another kind of report", "\x09"],
  ])("%s is called wrongly", async (_, text) => {
    const { config } = one();
    expect(await reported(config, "alice", text)).toEqual({ status: 2, said: "" });
  });
});

vi.setConfig({ testTimeout: limit(60) });
