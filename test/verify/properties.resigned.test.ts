/**
 * Properties of data that an issuer might sign by mistake: certificates and OCSP responses are changed first and signed
 * afterwards. Nothing but a Fault is thrown. Another reader reads accepted data in the same way, if it can read it: the
 * contents of a subject and the parameters of a CertID's hash decide nothing, and our reader does not read them.
 */
import { createPrivateKey, type KeyObject, sign, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { BasicOCSPResponse, OCSPResponse } from "@peculiar/asn1-ocsp";
import { AsnConvert } from "@peculiar/asn1-schema";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { Fault } from "../../src/verify/errors.ts";
import type { Evidence, Rules } from "../../src/verify/evidence.ts";
import { authorizedKeysLines, SignerValidator, verifyKeys } from "../../src/verify/verifier.ts";
import type { Scene } from "../support/cases/case.ts";
import { CaseBuilder, type Chain, pemOfDer } from "../support/cases/case-builder.ts";
import { mutated, mutation, PROPERTY_TIMEOUT, runs } from "../support/cases/mutation.ts";
import { evidenceOf, requestOf, rulesOf } from "../support/cases/run-verifier.ts";
import { SIGNER_NAME } from "../support/cases/shapes.ts";
import { ED25519 } from "../support/cases/ssh-keys.ts";
import { OpensslDir } from "../support/openssl.ts";
import { join, nth, split, whole } from "../support/openssl-der.ts";

vi.setConfig({ testTimeout: PROPERTY_TIMEOUT });
const { numRuns } = runs(2000);

const shop = new OpensslDir();
const now = new Date(Math.floor(Date.now() / 1000) * 1000);
const bench = new CaseBuilder(shop, now);
afterAll(() => shop.close());

let scene: Scene;
let chain: Chain;
let evidence: Evidence;
let rules: Rules;
let issuerKey: KeyObject;

beforeAll(async () => {
  chain = await bench.chain();
  scene = await bench.scene();
  evidence = evidenceOf(scene);
  rules = rulesOf(scene);
  issuerKey = createPrivateKey(readFileSync(chain.intermediate.keyFile));
});

/** Returns true if the changed evidence is accepted. */
function isBelieved(changed: Partial<Evidence>): boolean {
  try {
    return authorizedKeysLines(
      verifyKeys(requestOf(scene), { ...evidence, ...changed }, new SignerValidator(rules), now),
    ).includes(ED25519);
  } catch (error) {
    if (error instanceof Fault) return false;
    throw error;
  }
}

/** Returns the other reader's result; undefined if it cannot read the data. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Changes and signs again a SEQUENCE of signed data, algorithm, signature: the form of certificates and basic responses. */
function signedAgain(der: Buffer, change: (tbs: Buffer) => Buffer): Buffer {
  const [tbs, algorithm] = split(nth(der, 0).content);
  if (tbs === undefined || algorithm === undefined) throw new Error("nothing that is signed");
  const changed = change(whole(tbs));
  return join(0x30, changed, whole(algorithm), join(0x03, Buffer.alloc(1), sign("sha256", changed, issuerKey)));
}

/** Returns the length of the signed data. */
const signedLength = (der: Buffer): number => whole(nth(nth(der, 0).content, 0)).length;

test("signed again without a change, both are accepted: the following tests can fail", () => {
  const leaf = signedAgain(chain.leaf.der, (tbs) => tbs);
  expect(isBelieved({ certificates: Buffer.from(pemOfDer(leaf) + chain.intermediate.pem) })).toBe(true);
  expect(isBelieved({ staples: [stapleWith((tbs) => tbs), ...evidence.staples.slice(1)] })).toBe(true);
});

test("a leaf that is accepted after any change is also valid for Node, with that name and time", () => {
  let believed = 0;
  fc.assert(
    fc.property(mutation(signedLength(chain.leaf.der)), (change) => {
      const der = signedAgain(chain.leaf.der, (tbs) => mutated(tbs, change));
      if (!isBelieved({ certificates: Buffer.from(pemOfDer(der) + chain.intermediate.pem) })) return;
      const node = readable(() => new X509Certificate(der));
      if (node === undefined) return;
      believed += 1;
      expect(node.checkHost(SIGNER_NAME, { subject: "never", wildcards: false })).toBeDefined();
      expect(new Date(node.validFrom) <= now && now <= new Date(node.validTo)).toBe(true);
      expect(node.ca).toBe(false);
      expect(node.publicKey.export({ format: "jwk" })).toEqual(
        new X509Certificate(chain.leaf.der).publicKey.export({ format: "jwk" }),
      );
    }),
    { numRuns },
  );
  // Some changes are harmless: of the subject, of identifiers. If none were, this would have tested nothing.
  expect(believed).toBeGreaterThan(numRuns / 100);
});

function stapleWith(change: (tbs: Buffer) => Buffer) {
  const [first] = scene.served.staples;
  const der = Buffer.from(first?.body ?? "", "base64");
  const [status, bytes] = split(nth(der, 0).content);
  if (first === undefined || status === undefined || bytes === undefined) throw new Error("no staple");
  const [type, octets] = split(nth(bytes.content, 0).content);
  if (type === undefined || octets === undefined) throw new Error("no ResponseBytes");
  const basic = signedAgain(octets.content, change);
  const response = join(0x30, whole(status), join(0xa0, join(0x30, whole(type), join(0x04, basic))));
  return { name: first.name, body: Buffer.from(response.toString("base64")) };
}

test("a staple that is accepted after any change is also good and current for another reader", () => {
  const { body } = stapleWith((tbs) => tbs);
  const bytes = Buffer.from(body.toString(), "base64");
  const basic = split(nth(nth(nth(bytes, 0).content, 1).content, 0).content)[1]?.content ?? Buffer.alloc(0);
  const serial = new X509Certificate(chain.leaf.der).serialNumber.toLowerCase();
  let believed = 0;
  fc.assert(
    fc.property(mutation(signedLength(basic)), (change) => {
      const staple = stapleWith((tbs) => mutated(tbs, change));
      if (!isBelieved({ staples: [staple, ...evidence.staples.slice(1)] })) return;
      const { responseBytes } = AsnConvert.parse(Buffer.from(staple.body.toString(), "base64"), OCSPResponse);
      if (responseBytes === undefined) throw new Error("no response");
      const data = readable(() => AsnConvert.parse(responseBytes.response.buffer, BasicOCSPResponse).tbsResponseData);
      if (data === undefined) return;
      believed += 1;
      const ours = data.responses.filter(({ certID }) => Buffer.from(certID.serialNumber).toString("hex") === serial);
      expect(ours.length).toBeGreaterThan(0);
      for (const { certStatus, thisUpdate, nextUpdate } of ours) {
        expect(certStatus.good).not.toBeUndefined();
        expect(certStatus.revoked).toBeUndefined();
        expect(thisUpdate.getTime()).toBeLessThanOrEqual(now.getTime() + 300_000);
        expect(nextUpdate?.getTime()).toBeGreaterThanOrEqual(now.getTime());
      }
    }),
    { numRuns },
  );
  expect(believed).toBeGreaterThan(numRuns / 100);
});
