/** The simulated chain, checked by openssl. */
import { expect, test } from "vitest";
import { type Authority, startAuthority } from "../../src/simulator/authority/authority.ts";
import type { SignerKeyKind } from "../../src/simulator/authority/key-pairs.ts";
import type { AuthorityOptions } from "../../src/simulator/authority/options.ts";
import { runningClock } from "../../src/simulator/clock.ts";
import { openssl } from "./openssl.ts";

const HOST = "managed-ssh-signer.eu-west-1.amazonaws.com";
const start = (options: AuthorityOptions = {}) => startAuthority(HOST, runningClock(), options);

/** For tests in which the chain's own keys do not matter: the keys that are generated fastest. */
const QUICK = { caKey: "ec-p256" } as const;

/** Runs `openssl verify` for the signer, with the anchors file and with the served list as it is. */
function verified(authority: Authority, ...more: string[]) {
  const { file, run } = openssl();
  const anchors = file("anchors.pem", authority.anchorsPem);
  const served = file("served.pem", authority.servedPem);
  const leaf = file("leaf.pem", authority.certificate("signer").pem);
  return run("verify", "-no-CApath", "-x509_strict", "-CAfile", anchors, "-untrusted", served, ...more, leaf);
}

test("the served list leads from the signer to the root in the anchors file, under openssl's strictest rules", async () => {
  const { status, said } = verified(await start(), "-purpose", "sslserver", "-verify_hostname", HOST);
  expect(said).toContain(": OK");
  expect(status).toBe(0);
});

test("the served list is signer, intermediate, and two cross-signed roots", async () => {
  const authority = await start();
  const { file, run } = openssl();
  const { said } = run("storeutl", "-noout", "-text", "-certs", file("served.pem", authority.servedPem));
  const names = [...said.matchAll(/(Issuer|Subject): (.*)/g)].map(([, what, name]) => `${what} ${name}`);
  expect(names).toEqual([
    "Issuer C=US, O=eic-simulator, CN=Simulated RSA 2048 M01",
    `Subject CN=${HOST}`,
    "Issuer C=US, O=eic-simulator, CN=Simulated Root CA 1",
    "Subject C=US, O=eic-simulator, CN=Simulated RSA 2048 M01",
    "Issuer C=US, O=eic-simulator, CN=Simulated Services Root CA - G2",
    "Subject C=US, O=eic-simulator, CN=Simulated Root CA 1",
    "Issuer C=US, O=eic-simulator, OU=Simulated Class 2 Certification Authority",
    "Subject C=US, O=eic-simulator, CN=Simulated Services Root CA - G2",
  ]);
});

test.each([{ anchors: ["services-anchor"] as const }, { anchors: ["old-root"] as const }])(
  "the cross-signed certificates lead to $anchors as well",
  async ({ anchors }) => {
    expect(verified(await start({ ...QUICK, anchors })).said).toContain(": OK");
  },
);

test("the signer is named by SAN and CN, and may sign and be a server and client", async () => {
  const authority = await start();
  const { file, run } = openssl();
  const { said } = run("x509", "-noout", "-text", "-in", file("leaf.pem", authority.certificate("signer").pem));
  expect(said).toContain("Public-Key: (2048 bit)");
  expect(said).toContain(`Subject: CN=${HOST}`);
  expect(said).toMatch(new RegExp(`Alternative Name: \\n *DNS:${HOST}\\n`));
  expect(said).toMatch(/Key Usage: critical\n *Digital Signature, Key Encipherment\n/);
  expect(said).toMatch(/Extended Key Usage: \n *TLS Web Server Authentication, TLS Web Client Authentication\n/);
});

test.each([
  { signerKey: "rsa-1024", shown: "Public-Key: (1024 bit)" },
  { signerKey: "rsa-3072", shown: "Public-Key: (3072 bit)" },
  { signerKey: "rsa-pss", shown: "Public Key Algorithm: rsassaPss" },
  { signerKey: "ec-p256", shown: "NIST CURVE: P-256" },
  { signerKey: "ed25519", shown: "Public Key Algorithm: ED25519" },
] satisfies { signerKey: SignerKeyKind; shown: string }[])(
  "a signer with a key of $signerKey is otherwise valid",
  async ({ signerKey, shown }) => {
    const authority = await start({ ...QUICK, signerKey });
    const { file, run } = openssl();
    const { said } = run("x509", "-noout", "-text", "-in", file("leaf.pem", authority.certificate("signer").pem));
    expect(said).toContain(shown);
    expect(verified(authority, "-verify_hostname", HOST).said).toContain(": OK");
  },
);

test.each([
  { signerNames: "wildcard", shown: "DNS:*.eu-west-1.amazonaws.com" },
  { signerNames: "cn-only", shown: undefined },
] as const)("a signer can be named by $signerNames alone", async ({ signerNames, shown }) => {
  const authority = await start({ ...QUICK, signerNames });
  const { file, run } = openssl();
  const { said } = run("x509", "-noout", "-text", "-in", file("leaf.pem", authority.certificate("signer").pem));
  expect(/DNS:.*/.exec(said)?.[0]).toBe(shown);
  expect(said).toContain(`Subject: CN=${HOST}`);
});

test.each(["ec-p256", "ec-p384"] as const)("CA keys can be %s", async (caKey) => {
  expect(verified(await start({ caKey })).said).toContain(": OK");
});

test("one part of one certificate can be made invalid, and openssl rejects it", async () => {
  const authority = await start(QUICK);
  const before = authority.anchorsPem;
  await authority.configure({ certificates: { intermediate: { ca: false, pathLength: null, keyUsages: [] } } });
  expect(verified(authority).said).toContain("invalid CA certificate");
  expect(authority.anchorsPem).toBe(before);

  await authority.configure({ certificates: { intermediate: {}, signer: { notAfter: new Date(Date.now() - 1000) } } });
  expect(verified(authority).said).toContain("certificate has expired");
});

test("rotation gives another signer under the same anchors", async () => {
  const authority = await start(QUICK);
  const [anchors, signer, intermediate] = [
    authority.anchorsPem,
    authority.certificate("signer").pem,
    authority.certificate("intermediate").pem,
  ];
  await authority.rotate();
  expect(authority.anchorsPem).toBe(anchors);
  expect(authority.certificate("intermediate").pem).toBe(intermediate);
  expect(authority.certificate("signer").pem).not.toBe(signer);
  await authority.rotate("intermediate");
  expect(authority.certificate("intermediate").pem).not.toBe(intermediate);
  expect(verified(authority).said).toContain(": OK");
});
