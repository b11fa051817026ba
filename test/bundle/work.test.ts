/** The maximum work that an attacker at the metadata address can cause: the maximum number of staples, each full. */
import { createHash } from "node:crypto";
import * as ocsp from "@peculiar/asn1-ocsp";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import { AlgorithmIdentifier, Certificate } from "@peculiar/asn1-x509";
import { expect, test } from "vitest";
import type { Simulator } from "../../src/simulator/simulator.ts";
import { STAPLE } from "../../src/verify/bounds.ts";
import { agent, run, runOnTerminal } from "../support/agent.ts";
import { KEY } from "../support/keys.ts";
import { simulated } from "../support/simulated.ts";
import { within } from "../support/slack.ts";

const one = simulated();

const bytes = (data: Uint8Array): ArrayBuffer => new Uint8Array(data).buffer;
const encoded = (value: unknown): Buffer => Buffer.from(AsnConvert.serialize(value));
const sha1 = (data: ArrayBuffer): OctetString => new OctetString(createHash("sha1").update(Buffer.from(data)).digest());
const NULL = bytes(Uint8Array.of(5, 0));

/** Builds a staple for the signer, whose responder is the signer itself but did not sign it: every check runs and fails. */
function fullStaple({ authority }: Simulator, answers: number, certificates: number): Buffer {
  const [signer, issuer] = (["signer", "intermediate"] as const).map((name) =>
    AsnConvert.parse(authority.certificate(name).der, Certificate),
  );
  if (signer === undefined || issuer === undefined) throw new Error("no such certificate");
  const { subject, serialNumber } = signer.tbsCertificate;
  const certID = new ocsp.CertID({
    hashAlgorithm: new AlgorithmIdentifier({ algorithm: "1.3.14.3.2.26", parameters: NULL }),
    issuerNameHash: sha1(AsnConvert.serialize(issuer.tbsCertificate.subject)),
    issuerKeyHash: sha1(issuer.tbsCertificate.subjectPublicKeyInfo.subjectPublicKey),
    serialNumber,
  });
  const now = new Date(Math.floor(Date.now() / 1000) * 1000);
  const single = new ocsp.SingleResponse({
    certID,
    certStatus: new ocsp.CertStatus({ good: null }),
    thisUpdate: now,
    nextUpdate: new Date(now.getTime() + 3_600_000),
  });
  const basic = new ocsp.BasicOCSPResponse({
    tbsResponseData: new ocsp.ResponseData({
      responderID: new ocsp.ResponderID({ byName: subject }),
      producedAt: now,
      responses: Array.from({ length: answers }, () => single),
    }),
    signatureAlgorithm: new AlgorithmIdentifier({ algorithm: "1.2.840.113549.1.1.11", parameters: NULL }),
    signature: bytes(Buffer.alloc(256, 1)),
    certs: Array.from({ length: certificates }, () => signer),
  });
  const responseBytes = new ocsp.ResponseBytes({
    responseType: ocsp.id_pkix_ocsp_basic,
    response: new OctetString(encoded(basic)),
  });
  return Buffer.from(
    encoded(new ocsp.OCSPResponse({ responseStatus: ocsp.OCSPResponseStatus.successful, responseBytes })).toString(
      "base64",
    ),
  );
}

test.each([
  { answers: STAPLE.answers, certificates: STAPLE.responders, gives: "STAPLE_RESPONDER" },
  { answers: STAPLE.answers + 1, certificates: STAPLE.responders, gives: "STAPLE_MISSING" },
  { answers: STAPLE.answers, certificates: STAPLE.responders + 1, gives: "STAPLE_MISSING" },
])(
  "64 staples of $answers answers and $certificates certificates are done within the deadline: $gives",
  async ({ answers, certificates, gives }) => {
    const { simulator, config } = one();
    simulator.push({ user: "alice", publicKey: KEY });
    simulator.override("signer-ocsp", Buffer.from(Array.from({ length: 64 }, (_, i) => `s${i}\n`).join("")));
    simulator.override(
      "/latest/meta-data/managed-ssh-keys/signer-ocsp/s",
      fullStaple(simulator, answers, certificates),
    );

    const { status, stdout, stderr, milliseconds } = await run(agent(config, "alice"));
    expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: "", stderr: "" });
    expect(milliseconds).toBeLessThan(await within(4000));
    expect((await runOnTerminal(agent(config, "alice"))).told).toContain(gives);
  },
);
