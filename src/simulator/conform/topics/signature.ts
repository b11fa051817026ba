/** The signature of a block: the only scheme, the only key, and every signed byte. */
import type { DocumentScheme } from "../../authority/key-pairs.ts";
import type { AuthorityOptions } from "../../authority/options.ts";
import { type Case, printed, type Requirement, refused, refusedKey } from "../requirement.ts";

const scheme = (served: string, how: DocumentScheme): Case => refusedKey(served, { signature: () => how });
const signed = (served: string, change: (text: string) => string): Case => refused(served, { document: change });
/** The signer of the case has a certificate of the genuine chain for this kind of key. */
const keyed = (served: string, signerKey: NonNullable<AuthorityOptions["signerKey"]>): Case =>
  refused(served, { authority: { signerKey } });

const REFERENCE = "reference agent (openssl dgst -sha256, rsa_padding_mode:pss, rsa_pss_saltlen:32)";

export const SIGNATURE: readonly Requirement[] = [
  {
    id: "SIG-1",
    level: "MUST",
    text: "A signature is RSA-PSS with SHA-256 and a salt of 32 bytes; every other scheme is refused.",
    source: REFERENCE,
    cases: [
      scheme("the signature is RSASSA-PKCS1-v1_5", { scheme: "pkcs1" }),
      scheme("the signature has a salt of 20 bytes", { saltLength: 20 }),
      scheme("the signature has no salt", { saltLength: 0 }),
      scheme("the signature is with SHA-1", { hash: "SHA-1" }),
      scheme("the signature is with SHA-512", { hash: "SHA-512" }),
    ],
  },
  {
    id: "SIG-2",
    level: "MUST",
    text: "The signature is by the key in the signer's certificate; any other bytes are refused.",
    source: REFERENCE,
    cases: [
      refusedKey("another key has signed", {
        signature: (stage) => (bytes) => stage.second.signDocument(bytes),
      }),
      refusedKey("the signature is 256 zero bytes", { signature: () => () => Buffer.alloc(256) }),
      refusedKey("the signature is one byte short", {
        signature: (stage) => (bytes) => stage.signing.signDocument(bytes).subarray(0, -1),
      }),
      refusedKey("the signature is empty", { signature: () => () => Buffer.alloc(0) }),
      signed("the signature is not base64", (text) => text.replace(/\n[^\n]*\n\n$/, "\n%%%%\n\n")),
    ],
  },
  {
    id: "SIG-3",
    level: "MUST",
    text: "The signature covers every field line and the key line, each with its LF.",
    source: REFERENCE,
    cases: [
      signed("the Timestamp was changed after it was signed", (text) =>
        text.replace(/^#Timestamp=(.*)(.)$/m, (_, most, last) => `#Timestamp=${most}${9 - Number(last)}`),
      ),
      signed("the Caller was changed after it was signed", (text) => text.replace("Simulated", "Admin")),
      signed("a field was added", (text) => `#Later=1\n${text}`),
      signed("a field was removed", (text) => text.replace(/^#Request=.*\n/m, "")),
      signed("two fields changed places", (text) => text.replace(/^(#Timestamp.*\n)(#Instance.*\n)/, "$2$1")),
      signed("a comment was added to the key", (text) => text.replace(/^(ssh-.*)$/m, "$1 root@localhost")),
      refusedKey("the last LF is not part of what was signed", {
        signature: (stage) => (bytes) => stage.signing.signDocument(bytes.subarray(0, -1)),
      }),
      refusedKey("only the key line was signed", {
        signature: (stage) => (bytes) => stage.signing.signDocument(bytes.subarray(bytes.indexOf("ssh-"))),
      }),
    ],
  },
  {
    id: "SIG-4",
    level: "MUST",
    text: "The signature of a block is that of this block.",
    source: REFERENCE,
    cases: [
      {
        served: "a forged key has the signature of a good block",
        pushes: [{ is: "printed" }, { is: "refused" }],
        // The first block comes again, with the key line of the second.
        document: (text) => {
          const [first = "", second = ""] = text.split("\n\n");
          const [key] = /^ssh-.*$/m.exec(second) ?? [""];
          return `${first}\n\n${first.replace(/^ssh-.*$/m, key)}\n\n`;
        },
      },
    ],
  },
  {
    id: "SIG-5",
    level: "SHOULD",
    text: "The signer's key is RSA of 2048 bits or more; another kind or a shorter key is refused.",
    source: "NIST SP 800-131A; the service signs with RSA of 2048 bits",
    cases: [
      printed("the signer has an RSA key of 3072 bits", { authority: { signerKey: "rsa-3072" } }),
      keyed("the signer has an RSA key of 1024 bits", "rsa-1024"),
      keyed("the signer has a P-256 key, and signs with ECDSA", "ec-p256"),
      keyed("the signer has an Ed25519 key", "ed25519"),
    ],
  },
];
