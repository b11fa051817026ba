/** Sixty-four staples, each up to the maximum size. */
import { LIMIT } from "../../../src/metadata/fetch.ts";
import { certificate, EXTENSION, extension, OCSP_SIGNING, type Response, response } from "./certificates.ts";
import type { Costly } from "./inputs.ts";
import { ABOUT, evidence, KEYS, NAMES, staple } from "./world.ts";

const COUNT = 64;
/** Maximum bytes of DER in a staple. */
const ROOM = Math.floor((LIMIT.staple * 3) / 4) - 2048;
const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

/** Returns an input in which all staples have this body. */
const bodies = (name: string, body: () => Buffer): Costly => ({
  name: `staples: ${name}`,
  evidence: () => {
    const one = body();
    return evidence({ staples: times(COUNT, (i) => ({ name: `${i}`, body: one })) });
  },
});
const responses = (name: string, make: (i: number) => Partial<Response>): Costly => ({
  name: `staples: ${name}`,
  evidence: () => {
    const usual = { about: [ABOUT.leaf], responder: NAMES.ca, by: undefined };
    return evidence({ staples: times(COUNT, (i) => staple(response({ ...usual, ...make(i) }), `${i}`)) });
  },
});
/** Returns a responder's certificate with the issuer's name, and a forged signature unless `by` is given. */
const responder = (more: readonly Buffer[] = [], by?: "ca"): Buffer =>
  certificate({
    ...{ subject: NAMES.ca, issuer: NAMES.ca, spki: KEYS.root.spki, by: by && KEYS.ca.privateKey },
    extensions: [EXTENSION.purposes(OCSP_SIGNING), ...more],
  });

export const STAPLES: readonly Costly[] = [
  responses("four responders, each with a key usage of 11 kB", () => {
    const certificates = times(4, () => responder([EXTENSION.longUsage(Math.floor(ROOM / 4) - 400)]));
    return { certificates };
  }),
  responses("four responders that nobody delegated", () => ({ certificates: times(4, () => responder()) })),
  responses("four responders that are delegated, and signed nothing", () => ({
    certificates: times(4, () => responder([EXTENSION.signs], "ca")),
  })),
  responses("four responders of thirty extensions", () => ({
    certificates: times(4, () => responder(times(30, (i) => extension(`1.2.3.${i}`, Buffer.of(5, 0))))),
  })),
  responses("thousands of responders of two bytes", () => ({
    certificates: times(ROOM / 2 - 200, () => Buffer.of(0x30, 0)),
  })),
  responses("sixteen answers about the signer", () => ({ about: times(16, () => ABOUT.leaf) })),
  responses("sixteen answers about the signer's issuer", () => ({ about: times(16, () => ABOUT.ca) })),
  responses("hundreds of answers", () => ({ about: times(Math.floor(ROOM / 130), () => ABOUT.ca) })),
  responses("four answers with eight extensions each", () => ({
    about: times(4, () => ABOUT.ca),
    extensions: times(8, (i) => extension(`1.2.3.${i}`, Buffer.of(5, 0))),
  })),
  responses("thousands of extensions", () => ({
    extensions: times(Math.floor(ROOM / 26), (i) => extension(`1.2.3.${i}`, Buffer.of(5, 0))),
  })),
  bodies("lines of one letter", () => Buffer.from("A\n".repeat(LIMIT.staple / 2))),
  bodies("empty lines", () => Buffer.from("\n".repeat(LIMIT.staple))),
  bodies("64 kB of base64 that is nothing", () => Buffer.from("A".repeat(LIMIT.staple))),
];
