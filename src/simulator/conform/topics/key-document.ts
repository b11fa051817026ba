/** The key document: its fields, several keys in it, and the key lines. */
import { type PushedKey, printed, printedKey, type Requirement, refusedKey } from "../requirement.ts";

const field = (name: string) => (line: string) => line.startsWith(`#${name}=`);
const without =
  (...names: string[]) =>
  (usual: readonly string[]) =>
    usual.filter((line) => !names.some((name) => field(name)(line)));
/** Replaces the value of the timestamp. */
const timed = (write: (value: string) => string) => (usual: readonly string[]) =>
  usual.map((line) => line.replace(/^#Timestamp=(.*)$/, (_, value: string) => `#Timestamp=${write(value)}`));

const good: PushedKey = { is: "printed" };
const forged: PushedKey = { is: "refused", signature: () => () => Buffer.alloc(256, 1) };
const REFERENCE = "reference agent (eic_parse_authorized_keys)";

export const DOCUMENT: readonly Requirement[] = [
  {
    id: "DOC-1",
    level: "MUST",
    text: "A key that the service signed for this instance, and that has not expired, is printed.",
    source: "API reference, SendSSHPublicKey",
    cases: [
      printed("an Ed25519 key is served"),
      printedKey("an RSA key of 2048 bits is served", { type: "ssh-rsa" }),
      printedKey("the key has a comment", { line: (key) => `${key.line} alice@laptop` }),
    ],
  },
  {
    id: "DOC-2",
    level: "MUST",
    text: "Only Timestamp and Instance are needed: other fields may be missing or unknown, and the signature may be wrapped.",
    source: REFERENCE,
    cases: [
      printedKey("the block has no Caller and no Request", { fields: without("Caller", "Request") }),
      printedKey("the block has fields with unknown names", {
        fields: (usual) => ["#Later=x", ...usual, "#Empty=", "#A=b=c"],
      }),
      printedKey("the signature is wrapped at 76 columns", { wrapSignatureAt: 76 }),
    ],
  },
  {
    id: "DOC-3",
    level: "MUST",
    text: "Of several keys that were pushed for a user, each is printed when it is offered.",
    source: "EC2 user guide, Connect using EC2 Instance Connect: a key is served for 60 seconds, as others are",
    cases: [{ served: "three good keys are served", pushes: [good, { ...good, type: "ssh-rsa" }, good] }],
  },
  {
    id: "DOC-4",
    level: "SHOULD",
    text: "A block that is refused never costs another block its key.",
    source: "several keys coexist; one caller, or one damaged block, must not lock out all others",
    cases: [
      {
        served: "a forged block comes before a good one, and the call has no fingerprint",
        pushes: [forged, good],
        asks: (_, user) => [{ user, fingerprint: "" }],
      },
      { served: "a forged block comes before a good one", pushes: [forged, good] },
      { served: "a forged block comes after a good one", pushes: [good, forged] },
      {
        served: "a block without a Timestamp comes before a good one",
        pushes: [{ is: "refused", fields: without("Timestamp") }, good],
      },
      { served: "an expired block comes before a good one", pushes: [{ is: "refused", lifetimeSeconds: -1 }, good] },
    ],
  },
  {
    id: "DOC-5",
    level: "MUST",
    text: "A block without a Timestamp or without an Instance is refused.",
    source: REFERENCE,
    cases: [
      refusedKey("the signed block has no Timestamp", { fields: without("Timestamp") }),
      refusedKey("the signed block has no Instance", { fields: without("Instance") }),
    ],
  },
  {
    id: "DOC-6",
    level: "SHOULD",
    text: "A field that occurs twice, and a Timestamp that is not 1 to 12 decimal digits, refuse the block.",
    source: "two readers must not read two times from one block",
    cases: [
      refusedKey("a signed block has an Instance twice, the last of which is this one", {
        fields: (usual) => ["#Instance=i-0fffffffffffffff0", ...usual],
      }),
      refusedKey("the Timestamp has a sign", { fields: timed((value) => `+${value}`) }),
      refusedKey("the Timestamp has a fraction", { fields: timed((value) => `${value}.5`) }),
      refusedKey("the Timestamp is hexadecimal", { fields: timed((value) => `0x${Number(value).toString(16)}`) }),
      refusedKey("the Timestamp is in milliseconds", { fields: timed((value) => `${value}000`) }),
    ],
  },
  {
    id: "DOC-7",
    level: "MUST",
    text: "A text that is not a key document prints nothing.",
    source: "sshd(8), AUTHORIZED_KEYS FILE FORMAT: sshd obeys each line that is printed",
    cases: [
      {
        served: "the document is the key line alone",
        pushes: [{ is: "refused" }],
        document: (text) => `${/^ssh-.*$/m.exec(text)?.[0]}\n`,
      },
      {
        served: "the document has only the lines above the signature",
        pushes: [{ is: "refused" }],
        document: (text) => text.replace(/\n[^\n]*\n\n$/, "\n"),
      },
      { served: "the document is a page of HTML", pushes: [{ is: "refused" }], document: () => "<html>no</html>\n" },
      { served: "the document is empty", pushes: [{ is: "refused" }], document: () => "" },
    ],
  },
  {
    id: "DOC-8",
    level: "MUST",
    text: "A document in which each LF has become CR LF is not what was signed, and is refused.",
    source: `${REFERENCE}: the signature covers the lines as received`,
    cases: [
      { served: "lines end in CR LF", pushes: [{ is: "refused" }], document: (text) => text.replaceAll("\n", "\r\n") },
    ],
  },
  {
    id: "KEY-1",
    level: "MUST",
    text: "A signed key line with options in front is refused, and never printed without them.",
    source: "sshd(8), AUTHORIZED_KEYS FILE FORMAT; the reference agent reads only lines that begin with ssh",
    cases: [
      refusedKey("the line has a forced command", { line: (key) => `command="/bin/false" ${key.line}` }),
      refusedKey("the line is that of a certificate authority", { line: (key) => `cert-authority ${key.line}` }),
      refusedKey("the line has the option restrict", { line: (key) => `restrict ${key.line}` }),
    ],
  },
  {
    id: "KEY-2",
    level: "SHOULD",
    text: "A key line that sshd might read in another way is refused: control characters, another type inside, a rest.",
    source: "RFC 4253 section 6.6; sshd(8), AUTHORIZED_KEYS FILE FORMAT",
    cases: [
      refusedKey("the line has a carriage return, and another key after it", {
        line: (key) => `${key.line}\rssh-ed25519 AAAA`,
      }),
      refusedKey("an Ed25519 key is called ssh-rsa", { line: (key) => key.line.replace("ed25519", "rsa") }),
      refusedKey("the key is cut short", { line: (key) => key.line.slice(0, -8) }),
      refusedKey("the type is ssh-dss", { line: (key) => key.line.replace("ed25519", "dss") }),
    ],
  },
];
