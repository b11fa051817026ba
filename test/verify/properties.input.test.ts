/** Properties: no input, of any origin, makes the verifier throw anything but a Fault, or accept anything. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Fault } from "../../src/verify/errors.ts";
import type { Evidence, Request, Rules } from "../../src/verify/evidence.ts";
import { parseKeyLine } from "../../src/verify/ssh/authorized-key.ts";
import type { Verdict } from "../../src/verify/verdict.ts";
import { authorizedKeysLines, noKeyReason, SignerValidator, verifyKeys } from "../../src/verify/verifier.ts";
import { CaseBuilder } from "../support/cases/case-builder.ts";
import { mutated, mutation, PROPERTY_TIMEOUT, runs } from "../support/cases/mutation.ts";
import { evidenceOf, rulesOf } from "../support/cases/run-verifier.ts";
import { ED25519, ED25519_SHA256, P256, RSA } from "../support/cases/ssh-keys.ts";
import { OpensslDir } from "../support/openssl.ts";

vi.setConfig({ testTimeout: PROPERTY_TIMEOUT });

const shop = new OpensslDir();
const now = new Date(Math.floor(Date.now() / 1000) * 1000);
afterAll(() => shop.close());

let evidence: Evidence;
let rules: Rules;

beforeAll(async () => {
  const scene = await new CaseBuilder(shop, now).scene();
  evidence = evidenceOf(scene);
  rules = rulesOf(scene);
});

const REQUEST: Request = { user: "ec2-user", fingerprint: undefined };

/** Returns the verdicts, or undefined for a Fault. Any other exception fails the property. */
function verdictsOf(changed: Partial<Evidence>, request = REQUEST): Verdict[] | undefined {
  try {
    return verifyKeys(request, { ...evidence, ...changed }, new SignerValidator(rules), now);
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}

test("valid evidence prints its key: the following tests can fail", () => {
  expect(authorizedKeysLines(verdictsOf({}) ?? [])).toEqual([ED25519]);
});

describe("every input gives an answer or a Fault", () => {
  const bytes = fc.uint8Array({ maxLength: 600 }).map((list) => Buffer.from(list));
  const words = fc.constantFrom(
    "#",
    "=",
    "\n",
    "\n\n",
    " ",
    "ssh-ed25519",
    ED25519,
    "#Timestamp=1",
    "AAAA",
    "\r",
    "\0",
    "é",
  );
  const text = fc.array(fc.oneof(words, fc.string()), { maxLength: 40 }).map((list) => Buffer.from(list.join("")));
  const body = fc.oneof(bytes, text);
  const fingerprint = fc.oneof(fc.constantFrom(undefined, ED25519_SHA256, ""), fc.string());

  test("from a key document", () => {
    fc.assert(
      fc.property(body, fingerprint, (keys, asked) => {
        const verdicts = verdictsOf({ keys }, { user: "u", fingerprint: asked });
        expect(verdicts && authorizedKeysLines(verdicts)).toEqual([]);
        // If a document is reported to have no key for this call, it also has no key that is refused for another reason.
        const absent = noKeyReason(keys, { user: "u", fingerprint: asked });
        const others = verdicts?.filter((v) => v.kind === "refused" && v.refusal.reason !== "another-key") ?? [];
        expect(absent === undefined).toBe(others.length > 0);
      }),
      runs(2000),
    );
  });

  test("from a certificate list, staples, and the small values", () => {
    const pem = bytes.map((der) =>
      Buffer.from(`-----BEGIN CERTIFICATE-----\n${der.toString("base64")}\n-----END CERTIFICATE-----\n`),
    );
    const staple = fc.record({
      name: fc.string(),
      body: fc.oneof(
        body,
        bytes.map((der) => Buffer.from(der.toString("base64"))),
      ),
    });
    const served = fc.record(
      {
        certificates: fc.oneof(body, pem),
        staples: fc.array(staple, { maxLength: 4 }),
        region: fc.string(),
        domain: fc.string(),
        instanceId: fc.string(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(served, (changed) => {
        const names = (changed.staples ?? []).map(({ name }) => name);
        const verdicts = verdictsOf(changed);
        if (Object.keys(changed).length > 0) expect(verdicts).toBeUndefined();
        const missing = new SignerValidator(rules).selectStaples({ ...evidence, ...changed }, names, now);
        expect(missing.filter((name) => !names.includes(name))).toEqual([]);
      }),
      runs(2000),
    );
  });

  test("from a key line: it is a key that is printed unchanged, or a refusal", () => {
    fc.assert(
      fc.property(mutation(RSA.length), fc.constantFrom(ED25519, RSA, P256), (change, line) => {
        const changed = mutated(Buffer.from(line), change).toString("latin1");
        const key = parseKeyLine(changed);
        if (key.kind === "key") expect(changed.startsWith(`${key.type} ${key.blob.toString("base64")}`)).toBe(true);
        else expect(key.refusal.reason).toMatch(/^key-/);
      }),
      runs(3000),
    );
  });
});
