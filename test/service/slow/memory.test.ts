/** A hundred thousand calls, with a key and without, for ever new users: memory stays where it was. */
import { expect, test } from "vitest";
import { fingerprint, KEY } from "../../support/keys.ts";
import { startService } from "../../support/service.ts";
import { simulated } from "../../support/simulated.ts";

const one = simulated({ remember: 1000 });
const FINGERPRINT = fingerprint(KEY);
const CALLS = 100_000;
const AT_ONCE = 32;

test(`${CALLS} calls leave memory flat`, async () => {
  const { simulator, config } = one();
  const service = await startService(config);
  let begun = 0;
  const sizes: number[] = [];
  const client = async () => {
    while (begun < CALLS) {
      begun += 1;
      const i = begun;
      if (i % 10_000 === 0) {
        simulator.push({ user: "alice", publicKey: KEY });
        sizes.push(Math.round((await service.status()).memory.rss / 2 ** 20));
      }
      // One in a hundred for a user whom nobody ever asked for; the others for a key that is remembered.
      const answer =
        i % 100 === 0 ? await service.ask(`user-${i}`, FINGERPRINT) : await service.ask("alice", FINGERPRINT);
      if (answer.status !== 0 && answer.status !== 3) throw new Error(`status ${answer.status}`);
    }
  };
  simulator.push({ user: "alice", publicKey: KEY });
  await Promise.all(Array.from({ length: AT_ONCE }, client));
  const { answers } = await service.status();
  process.stdout.write(`${CALLS} calls: ${JSON.stringify(answers)}; resident MiB at each 10,000: ${sizes.join(" ")}\n`);
  expect(answers.keys).toBeGreaterThan(CALLS * 0.9);
  const [, , third = 0] = sizes;
  expect(Math.max(...sizes.slice(3)) - third).toBeLessThan(20);
});
