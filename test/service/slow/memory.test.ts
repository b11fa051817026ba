/** A hundred thousand calls, with a key and without, thousands of them for ever new users: memory stays where it was. */
import { expect, test } from "vitest";
import { fingerprint, KEY } from "../../support/keys.ts";
import { startService } from "../../support/service.ts";
import { simulated } from "../../support/simulated.ts";

const one = simulated({ remember: 1000 });
const FINGERPRINT = fingerprint(KEY);
const CALLS = 100_000;
const AT_ONCE = 32;
/** A look at the memory every so many calls. */
const EVERY = 2500;
const MIB = 2 ** 20;

/** The most of some looks, which leaves out how long ago garbage was last collected. In MiB. */
const most = (sizes: readonly number[]) => Math.max(...sizes) / MIB;

test(`${CALLS} calls leave memory flat`, async ({ annotate }) => {
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
      // One in twenty for a user whom nobody ever asked for; the others for a key that is remembered.
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
  // From the second fifth to the last are sixty thousand calls: a hundred bytes left behind by each would be 6 MiB.
  expect(most(fifth) - most(second)).toBeLessThan(5);
  expect(most(sizes)).toBeLessThan(128);
});
