/** The exact second and millisecond at which a validity begins or ends, judged by the test's own clock. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ending } from "../support/cases/blocks.ts";
import { accepted, type Expected, fault, refused } from "../support/cases/case.ts";
import { CaseBuilder, type SceneChanges } from "../support/cases/case-builder.ts";
import { judged } from "../support/cases/run-verifier.ts";
import { OpensslDir } from "../support/openssl.ts";

const shop = new OpensslDir();
afterAll(() => shop.close());

/** A whole second. Everything is made for this time. */
const NOW = new Date(Math.floor(Date.now() / 1000) * 1000);
const bench = new CaseBuilder(shop, NOW);
const DAY = 24 * 60 * 60;

/** @param ms milliseconds from NOW at which the scene is judged */
type Moment = readonly [ms: number, expected: Expected];

/** Returns a key that is accepted at every moment of a table, so that only the subject of the table decides. */
const patient = (at: number) => ({ fields: ending(at + 30) });

describe.each<{ title: string; scene: SceneChanges; moments: readonly Moment[] }>([
  {
    title: "a key ends with the second that it names",
    scene: { clockSkewSeconds: 900, blocks: [{ fields: ending(10) }] },
    moments: [
      [9_000, accepted],
      [9_999, accepted],
      [10_000, refused("expired")],
      [10_001, refused("expired")],
      [11_000, refused("expired")],
    ],
  },
  {
    title: "a key may end at most a lifetime and the skew from now",
    scene: { clockSkewSeconds: 30, blocks: [{ fields: ending(100) }] },
    moments: [
      [8_000, refused("too-far-ahead")],
      [9_999, refused("too-far-ahead")],
      [10_000, accepted],
    ],
  },
  {
    title: "without a skew a key may end at most a lifetime from now",
    scene: {
      clockSkewSeconds: 0,
      blocks: [{ fields: ending(60) }],
      staples: (c) => bench.staples(c, { thisUpdate: bench.after(-3600) }),
    },
    moments: [
      [-1, refused("too-far-ahead")],
      [0, accepted],
    ],
  },
  {
    title: "a certificate is valid through its last second",
    scene: { leaf: { to: bench.after(DAY) }, blocks: [patient(DAY)] },
    moments: [
      [DAY * 1000, accepted],
      [DAY * 1000 + 1, fault("CHAIN_EXPIRED")],
    ],
  },
  {
    title: "a certificate is valid from its first second",
    scene: { intermediate: { from: bench.after(DAY) }, blocks: [patient(DAY)] },
    moments: [
      [DAY * 1000 - 1, fault("CHAIN_NOT_YET_VALID")],
      [DAY * 1000, accepted],
    ],
  },
  {
    title: "an anchor is valid through its last second",
    scene: { root: { to: bench.after(DAY) }, blocks: [patient(DAY)] },
    moments: [
      [DAY * 1000, accepted],
      [DAY * 1000 + 1, fault("CHAIN_EXPIRED")],
    ],
  },
  {
    title: "a staple is valid through its nextUpdate, with any skew",
    scene: {
      clockSkewSeconds: 900,
      blocks: [patient(3600)],
      staples: async (c) => [
        ...(await bench.staples(c)).slice(1),
        await bench.staple({ of: [c.leaf], issuer: c.intermediate, nextUpdate: bench.after(3600) }),
      ],
    },
    moments: [
      [3_600_000, accepted],
      [3_600_001, fault("STAPLE_STALE")],
    ],
  },
  {
    title: "a staple may begin as late as the skew from now",
    scene: {
      clockSkewSeconds: 30,
      blocks: [patient(0)],
      staples: async (c) => [
        ...(await bench.staples(c)).slice(1),
        await bench.staple({
          of: [c.leaf],
          issuer: c.intermediate,
          thisUpdate: bench.after(40),
          nextUpdate: bench.after(3600),
        }),
      ],
    },
    moments: [
      [9_999, fault("STAPLE_EARLY")],
      [10_000, accepted],
    ],
  },
  {
    title: "a delegated responder is valid through its last second",
    scene: {
      blocks: [patient(DAY)],
      staples: async (c) => [
        ...(await bench.staples(c)).slice(1),
        await bench.staple({
          of: [c.leaf],
          issuer: c.intermediate,
          responder: await bench.responder(c.intermediate, { to: bench.after(DAY) }),
        }),
      ],
    },
    moments: [
      [DAY * 1000, accepted],
      [DAY * 1000 + 1, fault("STAPLE_RESPONDER")],
    ],
  },
])("$title", ({ scene, moments }) => {
  const made = bench.scene(scene);
  beforeAll(async () => void (await made));

  test.each(moments)("%i ms from then", async (ms, expected) => {
    expect(judged(await made, new Date(NOW.getTime() + ms)).expected).toEqual(expected);
  });
});
