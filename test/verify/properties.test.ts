/**
 * Properties: after any change in transit, only the signed data is accepted, and only all of it.
 * FUZZ_RUNS multiplies the number of runs: `FUZZ_RUNS=100 tools/run vitest run test/verify/properties.test.ts`.
 */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Fault } from "../../src/verify/errors.ts";
import type { Evidence, Request, Rules } from "../../src/verify/evidence.ts";
import type { Verdict } from "../../src/verify/verdict.ts";
import { authorizedKeysLines, SignerValidator, verifyKeys } from "../../src/verify/verifier.ts";
import { blockOf } from "../support/cases/blocks.ts";
import type { Scene } from "../support/cases/case.ts";
import { CaseBuilder } from "../support/cases/case-builder.ts";
import { type Mutation, mutated, mutation, PROPERTY_TIMEOUT, runs } from "../support/cases/mutation.ts";
import { evidenceOf, requestOf, rulesOf } from "../support/cases/run-verifier.ts";
import { ED25519, P256, RSA, SECOND } from "../support/cases/ssh-keys.ts";
import { OpensslDir } from "../support/openssl.ts";

vi.setConfig({ testTimeout: PROPERTY_TIMEOUT });

const shop = new OpensslDir();
const now = new Date(Math.floor(Date.now() / 1000) * 1000);
const bench = new CaseBuilder(shop, now);
afterAll(() => shop.close());

let scene: Scene;
let evidence: Evidence;
let rules: Rules;
let request: Request;
let good: string[];
let bad: string[];

beforeAll(async () => {
  const ours = await bench.crossSigned();
  const responder = async () => bench.responder((await bench.chain()).intermediate);
  scene = await bench.scene({
    list: (c) => [c.leaf, c.intermediate, ...ours],
    staples: async (c) => [
      await bench.staple({ of: [c.leaf], issuer: c.intermediate, responder: await responder() }),
      ...(await bench.staples(c)).slice(1),
    ],
  });
  evidence = evidenceOf(scene);
  rules = rulesOf(scene);
  request = requestOf(scene);
  const { leaf } = await bench.chain();
  const lines = [ED25519, SECOND, RSA, P256];
  good = await Promise.all(lines.map((line) => blockOf(bench, leaf, { line })));
  bad = await Promise.all([
    blockOf(bench, leaf, { line: RSA, served: (text) => text.replace("Admin", "Root") }),
    blockOf(bench, leaf, { line: RSA, served: (text) => `#x\n${text}` }),
    blockOf(bench, leaf, { line: RSA, signature: () => "AAAA" }),
    blockOf(bench, leaf, { line: RSA, signature: () => "!" }),
    blockOf(bench, leaf, { line: `restrict ${RSA}` }),
    blockOf(bench, leaf, { line: "ssh-dss AAAA" }),
  ]);
});

const judgedLines = (changed: Partial<Evidence>): string[] =>
  authorizedKeysLines(verifyKeys(request, { ...evidence, ...changed }, new SignerValidator(rules), now));

/** Returns the verdicts, or undefined for a Fault. Any other exception fails the property. */
function verdictsOf(changed: Partial<Evidence>): Verdict[] | undefined {
  try {
    return verifyKeys(request, { ...evidence, ...changed }, new SignerValidator(rules), now);
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}

test("valid evidence prints its key: the following tests can fail", () => {
  expect(judgedLines({})).toEqual([ED25519]);
});

describe("any change of a block", () => {
  test("loses its key: no signed byte and no byte of the signature can differ", () => {
    const { keys } = evidence;
    const text = Buffer.from(keys);
    // Up to the last digit of the signature; data after it does not belong to the block.
    const end = text.length - 1;
    fc.assert(
      fc.property(mutation(end), (change: Mutation) => {
        const changed = mutated(text, change);
        fc.pre(!changed.equals(text));
        const accepted = judgedLines({ keys: changed });
        // Newlines around the block, or inside its signature, change neither the signed data nor the signer.
        if (accepted.length > 0) expect(unwrapped(changed)).toBe(unwrapped(text));
      }),
      runs(3000),
    );
  });

  test("loses its key at every bit", () => {
    const text = Buffer.from(evidence.keys);
    for (let bit = 0; bit < (text.length - 1) * 8; bit += 1) {
      const changed = mutated(text, { kind: "flip", at: bit >> 3, bit: bit & 7 });
      expect(judgedLines({ keys: changed }), `bit ${bit}`).toEqual([]);
    }
  });
});

/** Returns a block without its insignificant newlines: before it, after it, and inside its signature. */
function unwrapped(document: Buffer): string {
  const text = document.toString("latin1").replace(/^\n+|\n+$/g, "");
  const key = /^ssh-.*\n/m.exec(text);
  if (key === null) return text;
  const end = key.index + key[0].length;
  return text.slice(0, end) + text.slice(end).replaceAll("\n", "");
}

test("any mixture of good and bad blocks prints exactly the good ones, in their order", () => {
  const which = fc.array(fc.record({ isGood: fc.boolean(), nth: fc.nat() }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(which, fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 13, maxLength: 13 }), (list, gaps) => {
      const blocks = list.map(({ isGood, nth }) => (isGood ? good[nth % good.length] : bad[nth % bad.length]) ?? "");
      const text = blocks.map((block, i) => "\n".repeat(gaps[i] ?? 1) + block).join("");
      const expected = blocks
        .filter((block) => good.includes(block))
        .map((block) => block.split("\n").find((line) => line !== "" && !line.startsWith("#")));
      const keys = Buffer.from(text, "latin1");
      expect(judgedLines({ keys })).toEqual([...new Set(expected)]);
      expect(verdictsOf({ keys })).toHaveLength(blocks.length);
    }),
    runs(300),
  );
});

describe("no change of data signed by others makes a key accepted that was not before", () => {
  test("of the certificate list", () => {
    const list = Buffer.from(evidence.certificates);
    fc.assert(
      fc.property(mutation(list.length), (change) => {
        const verdicts = verdictsOf({ certificates: mutated(list, change) });
        if (verdicts !== undefined) expect(authorizedKeysLines(verdicts)).toEqual([ED25519]);
      }),
      runs(1500),
    );
  });

  test.each([0, 1, 2, 3])("of the DER of certificate %i, and only the genuine chain is accepted", (nth) => {
    const blocks: string[] = scene.served.signer.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----\n/g) ?? [];
    const der = Buffer.from((blocks[nth] ?? "").replace(/-----.*-----/g, ""), "base64");
    expect(der.length).toBeGreaterThan(300);
    fc.assert(
      fc.property(mutation(der.length), (change) => {
        const changed = mutated(der, change);
        // A block without content is an unreadable text, not an unreadable certificate.
        fc.pre(!changed.equals(der) && changed.length > 0);
        const pem = `-----BEGIN CERTIFICATE-----\n${changed.toString("base64")}\n-----END CERTIFICATE-----\n`;
        const certificates = Buffer.from(blocks.with(nth, pem).join(""), "latin1");
        const verdicts = verdictsOf({ certificates });
        // The leaf and the intermediate are needed as they were signed; the cross-signed roots are not needed.
        if (nth < 2) expect(verdicts).toBeUndefined();
        else expect(verdicts && authorizedKeysLines(verdicts)).toEqual([ED25519]);
      }),
      runs(400),
    );
  });

  test.each([0, 1])("of the DER of staple %i: it is refused as a whole", (nth) => {
    const { staples } = evidence;
    const der = Buffer.from(scene.served.staples[nth]?.body ?? "", "base64");
    expect(der.length).toBeGreaterThan(150);
    fc.assert(
      fc.property(mutation(der.length), (change) => {
        const changed = mutated(der, change);
        fc.pre(!changed.equals(der));
        const body = Buffer.from(changed.toString("base64"));
        const verdicts = verdictsOf({ staples: staples.with(nth, { name: staples[nth]?.name ?? "", body }) });
        expect(verdicts).toBeUndefined();
      }),
      runs(800),
    );
  });
});
