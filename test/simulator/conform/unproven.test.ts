/** An agent without any proof fails in exactly the requirements that it breaks. They are derived here, by their reasons. */
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { describeWith } from "../../support/needs.ts";
import { conformance, failed } from "./conform.ts";

/** Ids by the flaw of test/simulator/conform/unproven.sh that breaks them. */
const BROKEN: Readonly<Record<string, readonly string[]>> = {
  // Forged keys are printed, among good keys, too.
  "it verifies no signature": ["SIG-1", "SIG-2", "SIG-3", "SIG-4", "SIG-5", "DOC-4"],
  "it prints a key line from any text": ["DOC-7", "DOC-8"],
  // Each case serves a genuine key under a signer that must not be trusted. CHAIN-1, -2 and -13 are about signers that must be.
  "it requests no certificate": [
    ...["CHAIN-3", "CHAIN-4", "CHAIN-5", "CHAIN-6", "CHAIN-7", "CHAIN-8"],
    ...["CHAIN-9", "CHAIN-10", "CHAIN-11", "CHAIN-12", "CHAIN-14"],
  ],
  // OCSP-9, -10 and -11 are about staples that must be accepted.
  "it requests no staple": ["OCSP-1", "OCSP-2", "OCSP-3", "OCSP-4", "OCSP-5", "OCSP-6", "OCSP-7", "OCSP-8"],
  // If certificates or staples fail, hang or do not end, it does not notice, and prints the key.
  "it does not need what fails": ["IMDS-3", "IMDS-4", "IMDS-6", "IMDS-7"],
  "it prints what came of an answer that was cut": ["IMDS-5"],
  "it tries nothing again": ["IMDS-9"],
  "it reads no field": ["DOC-5", "DOC-6", "ID-1", "TIME-1", "TIME-2"],
  // ID-5 is a Xen instance that must get its keys.
  "it does not ask the machine which instance it is": ["ID-2", "ID-3", "ID-4"],
  // KEY-1 it meets by accident: a line with options in front does not begin with "ssh-".
  "it does not parse key lines": ["KEY-2", "OUT-2"],
  "it puts the user into the path unencoded": ["USER-3"],
  "it ignores the fingerprint": ["FP-1", "FP-2"],
  // Of its refusals, those of an expired and of a forged key are none.
  "it prints keys that must be refused": ["OUT-4"],
};

describeWith("conform", "an agent without any proof", () => {
  test("fails in the requirements that it breaks, and only there", async () => {
    const script = resolve("test/simulator/conform/unproven.sh");
    const result = await conformance("--", script, "{user}", "{fingerprint}");
    expect(
      failed(result)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(Object.values(BROKEN).flat().sort());
    expect(result).toMatchObject({ status: 1, conforms: false });
    expect(result.requirements.filter(({ outcome }) => outcome === "not asked")).toEqual([]);
  });
});
