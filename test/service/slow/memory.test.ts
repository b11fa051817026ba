/** A hundred thousand calls, with a key and without, thousands of them for a new user each: memory does not grow. */
import { expect, test } from "vitest";
import { fingerprint, KEY } from "../../support/keys.ts";
import { startService } from "../../support/service.ts";
import { simulated } from "../../support/simulated.ts";

const one = simulated({ remember: 1000 });
const FINGERPRINT = fingerprint(KEY);
const CALLS = 100_000;
const AT_ONCE = 32;
/** Number of calls between two samples of the memory. */
const EVERY = 2500;
const MIB = 2 ** 20;

/** Returns the maximum of some samples, in MiB, so that the time of the last garbage collection does not matter. */
const most = (sizes: readonly number[]) => Math.max(...sizes) / MIB;

test(`${CALLS} calls do not increase memory`, async ({ annotate }) => {
  const { simulator, config } = one();
  const service = await startService(config);
  let begun = 0;
  const sizes: number[] = [];
  const client = async () => {
    while (begun < CALLS) {
      begun += 1;
      const i = begun;
      if (i % EVERY === 0) {
        simulator.push({ user: "alice", publicKey: KEY });
        sizes.push((await service.status()).memory.rss);
      }
      // One call in twenty is for a user that was never asked for; the others are for a cached key.
      const answer =
        i % 20 === 0 ? await service.ask(`user-${i}`, FINGERPRINT) : await service.ask("alice", FINGERPRINT);
      if (answer.status !== 0 && answer.status !== 3) throw new Error(`status ${answer.status}`);
    }
  };
  simulator.push({ user: "alice", publicKey: KEY });
  await Promise.all(Array.from({ length: AT_ONCE }, client));
  const { answers } = await service.status();
  const [first = [], second = [], , , fifth = []] = Array.from({ length: 5 }, (_, i) =>
    sizes.slice((i * sizes.length) / 5, ((i + 1) * sizes.length) / 5),
  );
  const figures = [first, second, fifth].map((some) => most(some).toFixed(1)).join(", ");
  await annotate(`${JSON.stringify(answers)}; most resident MiB in the first, second and last fifth: ${figures}`);
  process.stdout.write(`${CALLS} calls: ${JSON.stringify(answers)}; MiB by fifths, first, second, last: ${figures}\n`);
  expect(answers.keys).toBeGreaterThan(CALLS * 0.9);
  expect(answers["no-keys"]).toBeGreaterThan(CALLS * 0.04);
  // Sixty thousand calls lie between the second fifth and the last: a hundred bytes leaked by each would be 6 MiB.
  expect(most(fifth) - most(second)).toBeLessThan(5);
  expect(most(sizes)).toBeLessThan(128);
});
