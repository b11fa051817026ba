/** Versions: only X.509 v3 certificates and OCSP responses of version 1 are accepted, even if others are validly signed. */
import { describe, expect, test } from "vitest";
import type { Evidence } from "../../src/verify/evidence.ts";
import { authorizedKeysLines, SignerValidator, verifyKeys } from "../../src/verify/verifier.ts";
import { certificate, EXTENSION, OCSP_SIGNING, pem, response } from "../support/costly/certificates.ts";
import {
  ABOUT,
  about,
  CA,
  evidence,
  GOOD_STAPLES,
  KEYS,
  LEAF,
  LEAF_EXTENSIONS,
  NAMES,
  NOW,
  OFFERED,
  REQUEST,
  ROOT,
  RULES,
  staple,
} from "../support/costly/world.ts";

/** Returns the verifier's result: the lines, or its Fault. */
function said(changes: Partial<Evidence>): unknown {
  try {
    return authorizedKeysLines(verifyKeys(REQUEST, evidence(changes), new SignerValidator(RULES), NOW));
  } catch (error) {
    return error;
  }
}
const fault = (code: string) => expect.objectContaining({ code });
const [leafStaple, caStaple] = GOOD_STAPLES;

/** v1 is encoded by omitting the version; 0 and 1 are v1 and v2, and 3 is a version that no standard defines. */
const NO_VERSIONS = [null, 0, 1, 3];

describe("a certificate that is not v3", () => {
  const list = (...ders: readonly Buffer[]) => Buffer.from(ders.map(pem).join(""));

  test.each(NO_VERSIONS)("cannot issue, with version %j", (version) => {
    const ca = certificate({
      ...{ subject: NAMES.ca, issuer: NAMES.root, spki: KEYS.ca.spki, by: KEYS.root.privateKey, version },
      extensions: [EXTENSION.ca, EXTENSION.certifies],
    });
    const ofCa = staple(response({ about: [about(ca, ROOT)], responder: NAMES.root, by: KEYS.root.privateKey }), "ca");
    expect(said({ certificates: list(LEAF, ca), staples: [...GOOD_STAPLES, ofCa] })).toEqual(fault("CHAIN_UNTRUSTED"));
  });

  test.each(NO_VERSIONS)("cannot sign documents, with version %j", (version) => {
    const leaf = certificate({
      ...{ subject: NAMES.signer, issuer: NAMES.ca, spki: KEYS.signer.spki, by: KEYS.ca.privateKey, version },
      extensions: LEAF_EXTENSIONS,
    });
    const ofLeaf = staple(response({ about: [about(leaf, CA)], responder: NAMES.ca, by: KEYS.ca.privateKey }), "leaf");
    expect(said({ certificates: list(leaf, CA), staples: [...GOOD_STAPLES, ofLeaf] })).toEqual(fault("SIGNER_NAME"));
  });

  test.each(NO_VERSIONS)("cannot act as a responder, with version %j", (version) => {
    const responder = (as: number | null) =>
      certificate({
        ...{ subject: NAMES.signer, issuer: NAMES.ca, spki: KEYS.root.spki, by: KEYS.ca.privateKey, version: as },
        extensions: [EXTENSION.signs, EXTENSION.purposes(OCSP_SIGNING)],
      });
    const by = (as: number | null) =>
      response({
        about: [ABOUT.leaf],
        ...{ responder: NAMES.signer, by: KEYS.root.privateKey, certificates: [responder(as)] },
      });
    const staples = (as: number | null) => [staple(by(as), "leaf"), ...(caStaple === undefined ? [] : [caStaple])];
    expect(said({ staples: staples(2) })).toEqual([OFFERED]);
    expect(said({ staples: staples(version) })).toEqual(fault("STAPLE_RESPONDER"));
  });
});

describe("an OCSP response", () => {
  const of = (version?: number) => {
    const usual = { about: [ABOUT.ca], responder: NAMES.root, by: KEYS.root.privateKey };
    const made = staple(response(version === undefined ? usual : { ...usual, version }), "ca");
    return said({ staples: [...(leafStaple === undefined ? [] : [leafStaple]), made] });
  };

  test.each([undefined, 0])("of version 1 is accepted, explicitly or by default: %j", (version) => {
    expect(of(version)).toEqual([OFFERED]);
  });

  test.each([1, 2, 127])("of another version is not: %j", (version) => {
    expect(of(version)).not.toEqual([OFFERED]);
    expect(of(version)).toHaveProperty("code");
  });
});
