/** Our OCSP reader, compared with @peculiar/asn1-ocsp, on responses made by openssl. */
import { BasicOCSPResponse, OCSPResponse } from "@peculiar/asn1-ocsp";
import { AsnConvert } from "@peculiar/asn1-schema";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DerError } from "../../src/verify/der/der.ts";
import { readOcspResponse } from "../../src/verify/ocsp/ocsp-response.ts";
import { CaseBuilder, type Chain } from "../support/cases/case-builder.ts";
import { OpensslDir } from "../support/openssl.ts";
import { join, nth, split, whole } from "../support/openssl-der.ts";
import { resigned, type StapleOptions, staple } from "../support/openssl-staples.ts";

const hex = (bytes: ArrayBuffer | Uint8Array): string => Buffer.from(new Uint8Array(bytes)).toString("hex");

/** Returns all values that both readers can report, as the library reports them. */
function told(der: Buffer) {
  const { responseStatus, responseBytes } = AsnConvert.parse(der, OCSPResponse);
  if (responseBytes === undefined) return { status: responseStatus };
  const basic = AsnConvert.parse(responseBytes.response.buffer, BasicOCSPResponse);
  const { responderID, responses } = basic.tbsResponseData;
  return {
    status: responseStatus,
    type: responseBytes.responseType,
    algorithm: basic.signatureAlgorithm.algorithm,
    signature: hex(basic.signature),
    byName: responderID.byName && hex(AsnConvert.serialize(responderID.byName)),
    byKey: responderID.byKey && hex(responderID.byKey.buffer),
    certificates: (basic.certs ?? []).map((certificate) => hex(AsnConvert.serialize(certificate))),
    responses: responses.map(({ certID, certStatus, thisUpdate, nextUpdate }) => ({
      hash: certID.hashAlgorithm.algorithm,
      issuerNameHash: hex(certID.issuerNameHash.buffer),
      issuerKeyHash: hex(certID.issuerKeyHash.buffer),
      serial: hex(certID.serialNumber),
      status: certStatus.revoked ? "revoked" : certStatus.unknown === undefined ? "good" : "unknown",
      revokedAt: certStatus.revoked?.revocationTime.toISOString(),
      thisUpdate: thisUpdate.toISOString(),
      nextUpdate: nextUpdate?.toISOString(),
    })),
  };
}

/** Returns the same values from our reader. */
function read(der: Buffer): ReturnType<typeof told> {
  const response = readOcspResponse(der);
  if (response.kind !== "basic") return { status: Number.NaN };
  const { responder } = response;
  return {
    status: 0,
    type: "1.3.6.1.5.5.7.48.1.1",
    algorithm: response.signatureAlgorithm.oid,
    signature: hex(response.signature),
    byName: responder.kind === "name" ? hex(responder.name) : undefined,
    byKey: responder.kind === "key-hash" ? hex(responder.hash) : undefined,
    certificates: response.certificates.map(hex),
    responses: response.responses.map(({ certId, status, revokedAt, thisUpdate, nextUpdate }) => ({
      hash: certId.hash,
      issuerNameHash: hex(certId.issuerNameHash),
      issuerKeyHash: hex(certId.issuerKeyHash),
      serial: hex(certId.serial),
      status,
      revokedAt: revokedAt?.toISOString(),
      thisUpdate: thisUpdate.toISOString(),
      nextUpdate: nextUpdate?.toISOString(),
    })),
  };
}

const shop = new OpensslDir();
const bench = new CaseBuilder(shop, new Date());
afterAll(() => shop.close());
const world = bench.chain();
// Each test that awaits it gets its failure; this only keeps Node from reporting an unhandled rejection before that.
beforeAll(async () => void (await world));

type Options = (chain: Chain) => Promise<Partial<StapleOptions>> | Partial<StapleOptions>;
const RESPONSES: readonly { title: string; options: Options }[] = [
  { title: "good, by the issuer", options: () => ({}) },
  { title: "revoked, with a reason", options: () => ({ status: "revoked" }) },
  { title: "unknown", options: () => ({ status: "unknown" }) },
  { title: "without nextUpdate", options: () => ({ nextUpdate: null }) },
  { title: "with SHA-256 in its CertID", options: () => ({ certIdHash: "sha256" }) },
  { title: "with SHA-512 in its CertID", options: () => ({ certIdHash: "sha512" }) },
  { title: "by key", options: () => ({ byKey: true }) },
  {
    title: "with its responder sent along",
    options: async (c) => ({ responder: await bench.responder(c.intermediate) }),
  },
  { title: "signed with SHA-1", options: () => ({ digest: "sha1" }) },
  { title: "signed with SHA-512", options: () => ({ digest: "sha512" }) },
  {
    title: "by an RSA responder",
    options: async (c) => ({ responder: await bench.responder(c.intermediate, { key: { kind: "rsa" } }) }),
  },
  {
    title: "about three certificates",
    options: async (c) => ({
      of: [
        c.leaf,
        await bench.leaf(c.intermediate, { serial: "01" }),
        await bench.leaf(c.intermediate, { serial: "80FF" }),
      ],
    }),
  },
  { title: "with other times", options: () => ({ thisUpdate: bench.after(-99_999), nextUpdate: bench.after(99_999) }) },
];

async function make(options: Options): Promise<Buffer> {
  const chain = await world;
  return Buffer.from(await staple(shop, { of: [chain.leaf], issuer: chain.intermediate, ...(await options(chain)) }));
}

describe("a response is read as by the library", () => {
  test.each(RESPONSES)("$title", async ({ options }) => {
    const der = await make(options);
    const expected = told(der);
    expect(expected).toHaveProperty("responses");
    expect(read(der)).toEqual(expected);
  });
});

test("a response is refused when cut at any byte, and when anything follows it", async () => {
  const der = await make(() => ({}));
  for (let length = 0; length < der.length; length += 1) {
    expect(() => readOcspResponse(der.subarray(0, length)), `${length} bytes`).toThrow(DerError);
  }
  expect(() => readOcspResponse(Buffer.concat([der, Buffer.alloc(1)]))).toThrow(DerError);
});

describe("a response with only an error status", () => {
  test.each([
    [1, "malformedRequest"],
    [2, "internalError"],
    [3, "tryLater"],
    [4, "status 4"],
    [5, "sigRequired"],
    [6, "unauthorized"],
    [99, "status 99"],
  ])("%i is %s", (code, status) => {
    expect(readOcspResponse(Buffer.of(0x30, 3, 0x0a, 1, code))).toEqual({ kind: "unsuccessful", status });
  });
});

/** Encodes the extensions of one answer, with a reason code (`2.5.29.21`). */
const extensions = (...critical: Buffer[]): Buffer =>
  join(0xa1, join(0x30, join(0x30, Buffer.from("0603551d15", "hex"), ...critical, Buffer.from("04030a0101", "hex"))));

describe("an extension of an answer", () => {
  const withExtension = async (...critical: Buffer[]): Promise<Buffer> => {
    const { intermediate } = await world;
    const change = ({ tag, content }: { tag: number; content: Buffer }) =>
      join(tag, ...split(content).map(whole), extensions(...critical));
    return resigned(shop, await make(() => ({})), intermediate, change);
  };

  test("that is not critical changes nothing", async () => {
    const der = await withExtension();
    expect(read(der)).toEqual(told(der));
  });

  test("that is critical and unknown refuses the response", async () => {
    const der = await withExtension(Buffer.of(0x01, 0x01, 0xff));
    expect(() => readOcspResponse(der)).toThrow("the critical extension 2.5.29.21");
  });
});

test("a response of another type than basic is refused", async () => {
  const der = await make(() => ({}));
  const at = der.indexOf(Buffer.from("2b0601050507300101", "hex"));
  der.writeUInt8(2, at + 8);
  expect(() => readOcspResponse(der)).toThrow("not basic");
});

test("more answers in one response than a staple needs are refused", async () => {
  const { intermediate } = await world;
  const der = await resigned(shop, await make(() => ({})), intermediate, (single) =>
    Buffer.concat(Array.from({ length: 100 }, () => whole(single))),
  );
  expect(split(nth(der, 0).content)).toHaveLength(2);
  expect(() => readOcspResponse(der)).toThrow(/more than \d+ answers/);
});

test("more certificates in a response than a responder needs are refused", async () => {
  const { intermediate, leaf } = await world;
  const der = await make(async () => ({ responder: await bench.responder(intermediate) }));
  const [status, bytes] = split(nth(der, 0).content);
  const [type, octets] = split(nth(bytes?.content ?? Buffer.alloc(0), 0).content);
  if (status === undefined || type === undefined || octets === undefined) throw new Error("no response");
  const signed = split(nth(octets.content, 0).content).slice(0, 3).map(whole);
  const withCertificates = (count: number): Buffer => {
    const list = join(0xa0, join(0x30, ...Array.from({ length: count }, () => leaf.der)));
    const response = join(0x30, whole(type), join(0x04, join(0x30, ...signed, list)));
    return join(0x30, whole(status), join(0xa0, response));
  };
  expect(readOcspResponse(withCertificates(1))).toHaveProperty("certificates.length", 1);
  expect(() => readOcspResponse(withCertificates(9))).toThrow(/more than \d+ certificates/);
});
