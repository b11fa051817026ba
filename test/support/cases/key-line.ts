/** Cases about the key line: all signed by the genuine signer, so only the line itself can be the reason for a refusal. */
import { accepted, type Case, type Expected, refused } from "./case.ts";
import { CERTIFICATE, DSS, ED25519, P256, P384, P521, RSA, SECOND } from "./ssh-keys.ts";

const blobOf = (line: string): Buffer => Buffer.from(line.split(" ")[1] ?? "", "base64");
const string = (content: string | Buffer): Buffer => {
  const bytes = Buffer.from(content);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};
const lineOf = (type: string, ...parts: (string | Buffer)[]): string =>
  `${type} ${Buffer.concat(parts.map(string)).toString("base64")}`;
const point = (line: string): Buffer => blobOf(line).subarray(-65);

/** sk-* keys as OpenSSH's PROTOCOL.u2f specifies them. */
export const SK_ED25519 = lineOf(
  "sk-ssh-ed25519@openssh.com",
  "sk-ssh-ed25519@openssh.com",
  blobOf(ED25519).subarray(-32),
  "ssh:",
);
export const SK_ECDSA = lineOf(
  "sk-ecdsa-sha2-nistp256@openssh.com",
  "sk-ecdsa-sha2-nistp256@openssh.com",
  "nistp256",
  point(P256),
  "ssh:",
);

const row = (name: string, line: string, expects: Expected): Case => ({
  name: `key-${name}`,
  make: (b) => b.scene({ blocks: [{ line }] }),
  expects,
});

const GOOD: readonly Case[] = [
  row("rsa", RSA, accepted),
  row("ecdsa-256", P256, accepted),
  row("ecdsa-384", P384, accepted),
  row("ecdsa-521", P521, accepted),
  row("sk-ed25519", SK_ED25519, accepted),
  row("sk-ecdsa", SK_ECDSA, accepted),
  row("with-a-comment", `${ED25519} somebody@somewhere with "quotes", = and \xe9`, accepted),
  row("with-a-trailing-space", `${ED25519} `, accepted),
];

/** Options: sshd would apply them if they were passed on; without them, the key would grant more than was pushed. */
const OPTIONS: readonly Case[] = [
  ["command", `command="/bin/true" ${ED25519}`],
  ["command-with-spaces", `command="rm -rf /",no-pty ${ED25519}`],
  ["cert-authority", `cert-authority ${ED25519}`],
  ["environment", `environment="LD_PRELOAD=/tmp/x.so" ${ED25519}`],
  ["restrict", `restrict ${ED25519}`],
  ["principals", `cert-authority,principals="root" ${ED25519}`],
  ["from", `from="10.0.0.1" ${ED25519}`],
  ["leading-space", ` ${ED25519}`],
  ["another-key", `ssh-dss ${ED25519}`],
  ["quoted-key", `command="${ED25519}" ssh-dss AAAA`],
].map(([name = "", line = ""]) => row(`options-${name}`, line, refused("key-options")));

const CONTROLS: readonly Case[] = [
  ["nul", ED25519.replace(" ", " \0")],
  ["nul-in-the-comment", `${ED25519} a\0b`],
  ["carriage-return", `${ED25519}\r`],
  ["tab", ED25519.replace(" ", "\t")],
  ["escape", `${ED25519} \x1b[2J`],
  ["delete", `${ED25519} \x7f`],
  ["second-line-by-carriage-return", `${ED25519}\r${SECOND}`],
].map(([name = "", line = ""]) => row(`control-${name}`, line, refused("key-control-character")));

const TYPES: readonly Case[] = [
  ["dss", DSS],
  ["certificate", CERTIFICATE],
  ["unknown", "ssh-quantum AAAA"],
  ["upper-case", ED25519.replace("ssh-ed25519", "SSH-ED25519")],
  ["rsa-sha2", RSA.replace("ssh-rsa", "rsa-sha2-256")],
  ["prototype", "constructor AAAA"],
  ["no-type", ED25519.split(" ")[1] ?? ""],
].map(([name = "", line = ""]) => row(`type-${name}`, line, refused("key-type")));

const MISMATCHES: readonly Case[] = [
  ["ed25519-outside", ED25519.replace(/ .*/, ` ${blobOf(RSA).toString("base64")}`)],
  ["curve", P256.replace("nistp256 ", "nistp384 ")],
  ["nul-after-the-type", lineOf("ssh-ed25519", "ssh-ed25519\0", blobOf(ED25519).subarray(-32))],
].map(([name = "", line = ""]) => row(`type-mismatch-${name}`, line, refused("key-type-mismatch")));

const MALFORMED: readonly Case[] = [
  ["certificate-under-a-plain-type", `ssh-ed25519 ${CERTIFICATE.split(" ")[1]}`],
  ["no-blob", "ssh-ed25519"],
  ["two-spaces", ED25519.replace(" ", "  ")],
  ["not-base64", "ssh-ed25519 AAAA!"],
  ["base64-unpadded", RSA.replace(/=*$/, "").slice(0, -1)],
  ["base64-url", `ssh-ed25519 ${blobOf(ED25519).toString("base64url")}_`],
  ["trailing-byte", `ssh-ed25519 ${Buffer.concat([blobOf(ED25519), Buffer.alloc(1)]).toString("base64")}`],
  ["trailing-string", `ssh-ed25519 ${Buffer.concat([blobOf(ED25519), string("x")]).toString("base64")}`],
  ["cut-short", `ssh-ed25519 ${blobOf(ED25519).subarray(0, -1).toString("base64")}`],
  ["ed25519-of-31-bytes", lineOf("ssh-ed25519", "ssh-ed25519", blobOf(ED25519).subarray(-31))],
  ["ed25519-of-33-bytes", lineOf("ssh-ed25519", "ssh-ed25519", blobOf(ED25519).subarray(-33))],
  [
    "length-of-4-gigabytes",
    `ssh-ed25519 ${Buffer.concat([string("ssh-ed25519"), Buffer.alloc(8, 0xff)]).toString("base64")}`,
  ],
  ["rsa-without-modulus", lineOf("ssh-rsa", "ssh-rsa", Buffer.of(1, 0, 1))],
  ["rsa-negative-exponent", lineOf("ssh-rsa", "ssh-rsa", Buffer.of(0x81), blobOf(RSA).subarray(-257))],
  ["rsa-padded-exponent", lineOf("ssh-rsa", "ssh-rsa", Buffer.of(0, 1, 0, 1), blobOf(RSA).subarray(-257))],
  ["rsa-empty-exponent", lineOf("ssh-rsa", "ssh-rsa", "", blobOf(RSA).subarray(-257))],
  ["ecdsa-other-curve-inside", lineOf("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", "nistp384", point(P256))],
  [
    "ecdsa-compressed-point",
    lineOf("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", "nistp256", Buffer.of(2, ...point(P256).subarray(1, 33))),
  ],
  [
    "ecdsa-point-of-another-form",
    lineOf("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", "nistp256", Buffer.of(6, ...point(P256).subarray(1))),
  ],
  [
    "sk-without-application",
    lineOf("sk-ssh-ed25519@openssh.com", "sk-ssh-ed25519@openssh.com", blobOf(ED25519).subarray(-32)),
  ],
].map(([name = "", line = ""]) => row(`malformed-${name}`, line, refused("key-malformed")));

/** sshd treats everything after the first key as its comment, and so does the agent's output. */
const TWO: readonly Case[] = [row("two-on-one-line", `${ED25519} ${SECOND}`, accepted)];

export const KEY_LINE: readonly Case[] = [
  ...GOOD,
  ...OPTIONS,
  ...CONTROLS,
  ...TYPES,
  ...MISMATCHES,
  ...MALFORMED,
  ...TWO,
];
