/** The certificates of the signer: their path to a trusted root, their names, and their use. */
import type { CertificateShape } from "../../authority/certificates.ts";
import { CLIENT_AUTH, OCSP_SIGNING, SERVER_AUTH } from "../../authority/certificates.ts";
import type { AuthorityOptions } from "../../authority/options.ts";
import { type Case, printed, type Requirement, refused } from "../requirement.ts";

type Name = "signer" | "intermediate";
const shaped = (name: Name, shape: Partial<CertificateShape>): AuthorityOptions => ({
  certificates: { [name]: shape },
});
const bad = (served: string, name: Name, shape: Partial<CertificateShape>): Case =>
  refused(served, { authority: shaped(name, shape) });

const YEAR = 365 * 86_400_000;
const past = { notBefore: new Date(Date.now() - 2 * YEAR), notAfter: new Date(Date.now() - YEAR) };
const future = { notBefore: new Date(Date.now() + YEAR), notAfter: new Date(Date.now() + 2 * YEAR) };

const HOST = "managed-ssh-signer.us-east-1.amazonaws.com";
const named = (host: string) => ({ subject: `CN=${host}`, dnsNames: [host] });

/** Extensions in DER: one of this project's that no program knows, and name constraints that permit only example.com. */
const UNKNOWN = { oid: "1.3.6.1.4.1.99999.1", critical: true, value: new Uint8Array([5, 0]) };
const CONSTRAINTS = {
  oid: "2.5.29.30",
  critical: true,
  value: Buffer.concat([Buffer.from("3011a00f300d820b", "hex"), Buffer.from("example.com")]),
};

export const CHAIN: readonly Requirement[] = [
  {
    id: "CHAIN-1",
    level: "MUST",
    text: "A signer with a path to a trusted root is accepted, if the list is as the service serves it.",
    source: "RFC 5280 section 6.1; reference agent (openssl verify)",
    cases: [printed("signer, intermediate and two cross-signed roots are served")],
  },
  {
    id: "CHAIN-2",
    level: "SHOULD",
    text: "The path is built from the certificates that are served, in any order and number.",
    source: "RFC 4158 section 2; the list of the service has changed before",
    cases: [
      printed("only signer and intermediate are served", { authority: { served: ["signer", "intermediate"] } }),
      printed("the trusted root is served, too", { authority: { served: ["signer", "intermediate", "anchor"] } }),
      printed("the signer comes last", { authority: { served: ["services-root", "root", "intermediate", "signer"] } }),
      printed("unrelated certificates are among them", {
        authority: { served: ["signer", "old-root", "intermediate", "services-anchor", "root"] },
      }),
    ],
  },
  {
    id: "CHAIN-3",
    level: "MUST",
    text: "A signer without a path to a root that this machine trusts is refused; a served root is not trusted.",
    source: "RFC 5280 section 6.1.1 (d): the trust anchor is an input, not part of the path",
    cases: [
      refused("the intermediate is missing", { authority: { served: ["signer", "root", "services-root"] } }),
      refused("the chain ends at another root of the same name", {
        set: async (stage) => stage.serveFrom(await stage.stranger()),
      }),
      refused("that other root is served with it", {
        set: async (stage) => {
          const stranger = await stage.stranger();
          stage.serveFrom(stranger);
          stage.override("signer-cert", Buffer.from(stranger.servedPem + stranger.certificate("anchor").pem));
        },
      }),
    ],
  },
  {
    id: "CHAIN-4",
    level: "MUST",
    text: "Each certificate of the path is within its validity.",
    source: "RFC 5280 section 6.1.3 (a) (2)",
    cases: [
      bad("the signer's certificate has expired", "signer", past),
      bad("the signer's certificate is not yet valid", "signer", future),
      bad("the intermediate's certificate has expired", "intermediate", past),
      bad("the intermediate's certificate is not yet valid", "intermediate", future),
    ],
  },
  {
    id: "CHAIN-5",
    level: "MUST",
    text: "An issuer is a CA, and may sign certificates.",
    source: "RFC 5280 section 6.1.4 (k), (n)",
    cases: [
      bad("the intermediate says that it is not a CA", "intermediate", { ca: false, pathLength: null }),
      bad("the intermediate does not say whether it is a CA", "intermediate", { ca: null }),
      bad("the intermediate has no keyCertSign", "intermediate", { keyUsages: ["digitalSignature", "cRLSign"] }),
    ],
  },
  {
    id: "CHAIN-6",
    level: "MUST",
    text: "A critical extension that the command does not know refuses the certificate.",
    source: "RFC 5280 section 4.2",
    cases: [
      bad("the signer has an unknown critical extension", "signer", { extensions: [UNKNOWN] }),
      bad("the intermediate has an unknown critical extension", "intermediate", { extensions: [UNKNOWN] }),
    ],
  },
  {
    id: "CHAIN-7",
    level: "MUST",
    text: "Name constraints of an issuer are kept, or refuse.",
    source: "RFC 5280 sections 4.2.1.10 and 6.1.3 (b)",
    cases: [bad("the intermediate may only issue for example.com", "intermediate", { extensions: [CONSTRAINTS] })],
  },
  {
    id: "CHAIN-8",
    level: "MUST",
    text: "The signer's certificate is for managed-ssh-signer.REGION.DOMAIN of this instance.",
    source: "reference agent (expected_signer)",
    cases: [
      bad("the signer is that of another region", "signer", named(HOST.replace("east", "west"))),
      bad("the signer's name has a prefix", "signer", named(`x.${HOST}`)),
      bad("the signer's name has a suffix", "signer", named(`${HOST}.example.com`)),
      bad("the signer's name is another", "signer", named("www.example.com")),
    ],
  },
  {
    id: "CHAIN-9",
    level: "SHOULD",
    text: "The name is a dNSName of the subjectAltName, and equal: no wildcard, and no common name alone.",
    source: "RFC 9525 sections 6.1 and 6.3",
    cases: [
      refused("the certificate has a wildcard in its dNSName", { authority: { signerNames: "wildcard" } }),
      refused("the certificate has the name as its common name only", { authority: { signerNames: "cn-only" } }),
      bad("the common name is right, and the dNSName is another", "signer", { dnsNames: ["www.example.com"] }),
    ],
  },
  {
    id: "CHAIN-10",
    level: "SHOULD",
    text: "A domain that is not AWS's is refused, even if the metadata service names it.",
    source: "region and domain are not signed; a public CA issues certificates for any domain",
    cases: [
      refused("the domain is example.com, and the signer is certified for it", {
        authority: shaped("signer", named("managed-ssh-signer.us-east-1.example.com")),
        set: (stage) => stage.override("domain", Buffer.from("example.com")),
      }),
    ],
  },
  {
    id: "CHAIN-11",
    level: "SHOULD",
    text: "The signer's certificate is one for signatures of a server, and not one for anything else.",
    source: "RFC 5280 sections 4.2.1.3, 4.2.1.9 and 4.2.1.12",
    cases: [
      bad("the signer's key usage has no digitalSignature", "signer", { keyUsages: ["keyEncipherment"] }),
      bad("the signer is for OCSP responses only", "signer", { extendedKeyUsages: [OCSP_SIGNING] }),
      bad("the signer is for client authentication only", "signer", { extendedKeyUsages: [CLIENT_AUTH] }),
      bad("the signer is itself a CA", "signer", { ca: true, keyUsages: ["digitalSignature", "keyCertSign"] }),
      printed("the signer is for server authentication only", {
        authority: shaped("signer", { extendedKeyUsages: [SERVER_AUTH] }),
      }),
    ],
  },
  {
    id: "CHAIN-12",
    level: "SHOULD",
    text: "A certificate that was signed with SHA-1 is refused.",
    source: "RFC 9155; CA/Browser Forum, Baseline Requirements, section 7.1.3.2",
    cases: [
      bad("the signer's certificate is signed with SHA-1", "signer", { hash: "SHA-1" }),
      bad("the intermediate's certificate is signed with SHA-1", "intermediate", { hash: "SHA-1" }),
    ],
  },
  {
    id: "CHAIN-13",
    level: "SHOULD",
    text: "Every trusted root counts, and the path may have keys of elliptic curves.",
    source: "Amazon Trust Services: Amazon Root CA 3 and 4 have such keys",
    cases: [printed("root and intermediate have P-256 keys", { set: (stage) => stage.serveFrom(stage.second) })],
  },
  {
    id: "CHAIN-14",
    level: "MUST",
    text: "A list of certificates that cannot be read prints nothing.",
    source: "reference agent (openssl x509)",
    cases: [
      refused("the list is empty", { set: (stage) => stage.override("signer-cert", Buffer.alloc(0)) }),
      refused("the list is a page of HTML", {
        set: (stage) => stage.override("signer-cert", Buffer.from("<html>no</html>\n")),
      }),
      refused("the list is cut in the first certificate", {
        set: (stage) => stage.override("signer-cert", (served) => served.subarray(0, 600)),
      }),
    ],
  },
];
