/** The warm service through the built bundle: the same answers as the one-shot program, and their cost. */
import { describe, expect, test } from "vitest";
import { agent, run } from "../support/agent.ts";
import { fingerprint, KEY, keyLine } from "../support/keys.ts";
import { startService } from "../support/service.ts";
import { simulated } from "../support/simulated.ts";

const one = simulated();
const asked = () => one().simulator.requests.map(({ method, path }) => `${method} ${path}`);
const documents = () => asked().filter((path) => path.includes("/active-keys/"));

describe("a call", () => {
  test("has the same answer as from the one-shot program", async () => {
    const { simulator, config } = one();
    simulator.push({ user: "alice", publicKey: `${KEY} alice@laptop` });
    const service = await startService(config);
    for (const [user, key] of [
      ["alice", fingerprint(KEY)],
      ["alice", undefined],
      ["alice", ""],
      ["alice", fingerprint(keyLine("another"))],
      ["nobody", fingerprint(KEY)],
      ["a/b", undefined],
      ["", undefined],
    ] as const) {
      const words = key === undefined ? [user] : [user, key];
      const { status, stdout } = await run(agent(config, "--", ...words));
      expect(await service.ask(user, key)).toEqual({ status, lines: stdout });
    }
  });

  test("sends no request if the key and the signer are in the cache", async () => {
    const { simulator, config } = one();
    simulator.push({ user: "twice", publicKey: KEY });
    const service = await startService(config);
    expect(await service.ask("twice", fingerprint(KEY))).toEqual({ status: 0, lines: `${KEY}\n` });
    expect(asked().length).toBeGreaterThan(7);
    simulator.requests.splice(0);
    expect(await service.ask("twice", fingerprint(KEY))).toEqual({ status: 0, lines: `${KEY}\n` });
    expect(asked()).toEqual([]);
    expect(await service.ask("twice", fingerprint(keyLine("another")))).toEqual({ status: 0, lines: "" });
    expect(documents()).toHaveLength(1);
    expect(asked()).toHaveLength(1);
  });
});
