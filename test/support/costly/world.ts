/** Valid evidence, whose parts the costly inputs replace: root, intermediate, signer, staples, one key. */
import { constants, sign } from "node:crypto";
import type { Evidence, FetchedStaple, Request, Rules } from "../../../src/verify/evidence.ts";
import { ALLOW_ALL } from "../../../src/verify/policy.ts";
import { readAnchors } from "../../../src/verify/x509/anchor.ts";
import { fingerprint, keyLine } from "../keys.ts";
import { nth, split, whole } from "../openssl-der.ts";
import { type About, certificate, EXTENSION, ecKey, name, pem, response, rsaKey, SERVER_AUTH } from "./certificates.ts";

export const NOW = new Date("2026-06-01T12:00:00Z");
export const INSTANCE = "i-0abcdef1234567890";
export const SIGNER_NAME = "managed-ssh-signer.us-east-1.amazonaws.com";
export const OFFERED = keyLine("offered");
export const REQUEST: Request = { user: "guest", fingerprint: fingerprint(OFFERED) };

export const KEYS = { root: ecKey("P-256"), ca: ecKey("P-256"), signer: rsaKey(2048) };
export const NAMES = { root: name("Costly Root"), ca: name("Costly CA"), signer: name(SIGNER_NAME) };
export const LEAF_EXTENSIONS = [EXTENSION.signs, EXTENSION.purposes(SERVER_AUTH), EXTENSION.dns(SIGNER_NAME)];

export const ROOT = certificate({
  ...{ subject: NAMES.root, issuer: NAMES.root, spki: KEYS.root.spki, by: KEYS.root.privateKey },
  extensions: [EXTENSION.ca, EXTENSION.certifies],
});
export const CA = certificate({
  ...{ subject: NAMES.ca, issuer: NAMES.root, spki: KEYS.ca.spki, by: KEYS.root.privateKey },
  extensions: [EXTENSION.ca, EXTENSION.certifies],
});
/** Returns a signer's certificate by the CA with these extensions; or with a forged RSA signature of `forged` bytes. */
export const leaf = (extensions: readonly Buffer[] = LEAF_EXTENSIONS, forged?: number): Buffer =>
  certificate({
    ...{ subject: NAMES.signer, issuer: NAMES.ca, spki: KEYS.signer.spki, by: forged ?? KEYS.ca.privateKey },
    extensions,
  });
export const LEAF = leaf();

export const RULES: Rules = {
  instanceId: INSTANCE,
  anchors: readAnchors(pem(ROOT), "the costly root"),
  domains: [],
  clockSkewSeconds: 300,
  policy: ALLOW_ALL,
};

/** Returns the data that identifies a certificate in an OCSP response. */
export function about(of: Buffer, issuer: Buffer): About {
  const fields = (der: Buffer) => split(nth(nth(der, 0).content, 0).content);
  const [, serial, , issuerName] = fields(of);
  const spki = fields(issuer)[6];
  if (serial === undefined || issuerName === undefined || spki === undefined) throw new Error("no certificate");
  return {
    issuerName: whole(issuerName),
    issuerKeyBits: nth(spki.content, 1).content.subarray(1),
    serial: whole(serial),
  };
}

export const ABOUT = { leaf: about(LEAF, CA), ca: about(CA, ROOT) };

export const staple = (der: Buffer, stapleName: string): FetchedStaple => ({
  name: stapleName,
  body: Buffer.from(der.toString("base64")),
});

export const GOOD_STAPLES: readonly FetchedStaple[] = [
  staple(response({ about: [ABOUT.leaf], responder: NAMES.ca, by: KEYS.ca.privateKey }), "leaf"),
  staple(response({ about: [ABOUT.ca], responder: NAMES.root, by: KEYS.root.privateKey }), "ca"),
];

export const FIELDS = `#Timestamp=${NOW.getTime() / 1000 + 50}\n#Instance=${INSTANCE}\n#Caller=arn:aws:iam::1:role/guest\n`;

/** Returns one block with a valid signature. */
export function block(line: string, fields: string = FIELDS): string {
  const signed = Buffer.from(`${fields}${line}\n`, "latin1");
  const { RSA_PKCS1_PSS_PADDING: padding } = constants;
  const signature = sign("sha256", signed, { key: KEYS.signer.privateKey, padding, saltLength: 32 });
  return `${signed.toString("latin1")}${signature.toString("base64")}\n\n`;
}

const CHAIN = Buffer.from(pem(LEAF) + pem(CA));
const DOCUMENT = Buffer.from(block(OFFERED));

/** Returns valid evidence with these changes. */
export const evidence = (changes: Partial<Evidence> = {}): Evidence => ({
  ...{ keys: DOCUMENT, instanceId: INSTANCE, region: "us-east-1", domain: "amazonaws.com" },
  ...{ certificates: CHAIN, staples: GOOD_STAPLES },
  ...changes,
});
