/** The pinned roots, compared with two independent stores: Node's own, and the host's if it has one. */
import { X509Certificate } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { expect, test } from "vitest";
import { PINNED_ROOTS, pinnedRoots } from "../../src/host/roots.ts";
import { readAnchors } from "../../src/verify/x509/anchor.ts";

/** Stores of Debian, Ubuntu, Fedora and Amazon Linux. */
const STORES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/pki/tls/certs/ca-bundle.crt",
];
const DEBIAN = "/usr/share/ca-certificates/mozilla";

const EXPECTED = [
  ["Amazon Root CA 1", "8ECDE6884F3D87B1125BA31AC3FCB13D7016DE7F57CC904FE1CB97C6AE98196E"],
  ["Amazon Root CA 2", "1BA5B2AA8C65401A82960118F80BEC4F62304D83CEC4713A19C39C011EA46DB4"],
  ["Amazon Root CA 3", "18CE6CFE7BF14E60B2E347B8DFE868CB31D02EBB3ADA271569F50343B46DB3A4"],
  ["Amazon Root CA 4", "E35D28419ED02025CFA69038CD623962458DA5C695FBDEA3C22B0BFB25897092"],
  ["Starfield Services Root CA G2", "568D6905A2C88708A4B3025190EDCFEDB1974A606A13C6E5290FCB2AE63EDAB5"],
];

const pinOf = (certificate: X509Certificate): string => certificate.fingerprint256.replaceAll(":", "");
const ours = PINNED_ROOTS.map(({ sha256 }) => sha256);

test("five are pinned, by the hashes that are published", () => {
  expect(PINNED_ROOTS.map(({ name, sha256 }) => [name, sha256])).toEqual(EXPECTED);
});

test("each is a self-signed CA certificate with its pin, and an anchor to the reader", () => {
  const anchors = readAnchors(pinnedRoots(), "the pinned roots");
  expect(anchors.map(({ der }) => pinOf(new X509Certificate(der)))).toEqual(ours);
  for (const { der } of anchors) {
    const certificate = new X509Certificate(der);
    expect(certificate.ca).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
  }
});

test("each name is the certificate's own", () => {
  const names = PINNED_ROOTS.map(({ der }) => new X509Certificate(Buffer.from(der, "base64")).subject.split("CN=")[1]);
  expect(names).toEqual([
    ...EXPECTED.slice(0, 4).map(([name]) => name),
    "Starfield Services Root Certificate Authority - G2",
  ]);
});

test("all five are in Node's own store", () => {
  const store = new Set(rootCertificates.map((pem) => pinOf(new X509Certificate(pem))));
  expect(store.size).toBeGreaterThan(100);
  expect(ours.filter((pin) => !store.has(pin))).toEqual([]);
});

test("all five are in the host's store", (context) => {
  const text = hostStore();
  if (text === undefined) return context.skip("this host has no certificate store (package ca-certificates)");
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const store = new Set(blocks.map((pem) => pinOf(new X509Certificate(pem))));
  expect(ours.filter((pin) => !store.has(pin))).toEqual([]);
});

function hostStore(): string | undefined {
  const file = STORES.find((path) => existsSync(path));
  if (file !== undefined) return readFileSync(file, "latin1");
  if (!existsSync(DEBIAN)) return undefined;
  return readdirSync(DEBIAN)
    .map((name) => readFileSync(join(DEBIAN, name), "latin1"))
    .join("");
}
