/** Maximum memory of a call: of the process itself, as the kernel counted it when it ended (getrusage(2)). */
import { mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { agent, run } from "../support/agent.ts";
import { fingerprint, KEY, keyLine } from "../support/keys.ts";
import { describeWith } from "../support/needs.ts";
import { simulated } from "../support/simulated.ts";

/** MiB. CI and a host with `MaxStartups 10:30:100` can rely on this limit. docs/performance.md */
const MOST = 60;

const one = simulated();

describeWith("memory", "a call takes at most 60 MiB", () => {
  const peak = async (...words: string[]) => {
    const report = join(mkdtempSync(join(one().folder, "peak-")), "kib");
    // A small program starts the agent: memory copied from the process that forks counts, too.
    const seen = await run(["/usr/bin/time", "-f", "%M", "-o", report, ...agent(one().config, ...words)]);
    return { ...seen, mebibytes: Number(readFileSync(report, "utf8")) / 1024 };
  };

  test("without keys", async () => {
    const { status, mebibytes } = await peak("nobody");
    expect(status).toBe(0);
    expect(mebibytes).toBeGreaterThan(10);
    expect(mebibytes).toBeLessThan(MOST);
  });

  test("with one key, and with forty", async () => {
    const { simulator } = one();
    simulator.push({ user: "alice", publicKey: KEY });
    for (let i = 0; i < 40; i += 1) simulator.push({ user: "many", publicKey: keyLine(`key ${i}`) });
    for (const words of [["alice", fingerprint(KEY)], ["many"]]) {
      const { stdout, mebibytes } = await peak(...words);
      expect(stdout.split("\n")).toHaveLength(words[0] === "many" ? 41 : 2);
      expect(mebibytes).toBeLessThan(MOST);
    }
  });
});
