/** A proof is made once, and is valid only for the evidence and the time for which it was made. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Evidence, FetchedStaple } from "../../src/verify/evidence.ts";
import { SignerValidator } from "../../src/verify/verifier.ts";
import { CaseBuilder } from "../support/cases/case-builder.ts";
import { evidenceOf, rulesOf } from "../support/cases/run-verifier.ts";
import { OpensslDir } from "../support/openssl.ts";

const shop = new OpensslDir();
afterAll(() => shop.close());
const now = new Date(Math.floor(Date.now() / 1000) * 1000);
const bench = new CaseBuilder(shop, now);
const DAY = 24 * 60 * 60;

let evidence: Evidence;
let proofs: SignerValidator;
let revoked: FetchedStaple;
let otherList: Uint8Array;

beforeAll(async () => {
  const scene = await bench.scene({ leaf: { to: bench.after(DAY) } });
  evidence = evidenceOf(scene);
  proofs = new SignerValidator(rulesOf(scene));
  const { root, intermediate, leaf } = await bench.chain({ leaf: { to: bench.after(DAY) } });
  const { name, body = "" } = await bench.staple({ of: [leaf], issuer: intermediate, status: "revoked" });
  revoked = { name, body: Buffer.from(body) };
  otherList = Buffer.from(root.pem);
  // All tests below use a validator that has a valid proof for this evidence and this time.
  proofs.validate(evidence, now);
});

const fault = (code: string) => expect.objectContaining({ code });

test("the same evidence at a time at which it is valid gives the same signer", () => {
  const made = proofs.validate(evidence, now);
  expect(proofs.validate(evidence, now)).toBe(made);
  expect(proofs.validate({ ...evidence }, bench.after(60))).toBe(made);
});

describe("a validated signer is not reused", () => {
  test("once a certificate has expired", () => {
    expect(() => proofs.validate(evidence, bench.after(DAY + 1))).toThrow(fault("CHAIN_EXPIRED"));
  });

  test("before a certificate is valid", () => {
    expect(() => proofs.validate(evidence, bench.after(-1000 * DAY))).toThrow(fault("CHAIN_NOT_YET_VALID"));
  });

  test("for fewer staples", () => {
    expect(() => proofs.validate({ ...evidence, staples: [] }, now)).toThrow(fault("STAPLE_MISSING"));
  });

  test("once another staple says that the signer was revoked", () => {
    const staples = [...evidence.staples, revoked];
    expect(() => proofs.validate({ ...evidence, staples }, now)).toThrow(fault("SIGNER_REVOKED"));
  });

  test("for another list of certificates", () => {
    expect(() => proofs.validate({ ...evidence, certificates: otherList }, now)).toThrow(fault("SIGNER_NAME"));
  });

  test("in another region", () => {
    expect(() => proofs.validate({ ...evidence, region: "us-east-2" }, now)).toThrow(fault("SIGNER_NAME"));
  });

  test("under another domain", () => {
    expect(() => proofs.validate({ ...evidence, domain: "evil.example" }, now)).toThrow(fault("DOMAIN_UNKNOWN"));
  });

  test("and a failure is not cached", () => {
    expect(() => proofs.validate(evidence, now)).not.toThrow();
  });
});

describe("staples are requested as long as one is missing", () => {
  const names = () => [...evidence.staples.map(({ name }) => name), "another"];
  const missing = (staples: readonly FetchedStaple[], list = names(), at = now) =>
    new SignerValidator(proofs.rules).selectStaples({ ...evidence, staples }, list, at);

  test("first those whose names belong to the path", () => {
    expect(missing([])).toEqual(names().slice(0, 2));
  });

  test("then only those of the certificate that has none yet", () => {
    expect(missing(evidence.staples.slice(0, 1))).toEqual(names().slice(1, 2));
  });

  test("none when each certificate has a good one", () => {
    expect(missing(evidence.staples)).toEqual([]);
  });

  test("all others if no name matches", () => {
    expect(missing([], ["a", "b"])).toEqual(["a", "b"]);
    expect(missing([{ name: "a", failed: "gone" }], ["a", "b"])).toEqual(["b"]);
    expect(missing([{ name: "a", failed: "gone" }], ["a"])).toEqual([]);
  });

  test("none if the signer was revoked, or if no staple could help", () => {
    expect(missing([revoked])).toEqual([]);
    expect(missing([], names(), bench.after(DAY + 1))).toEqual([]);
  });
});
