/** Key lines: ssh-keygen makes the keys and prints their fingerprints; we must get the same ones, and print the same key. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  fingerprintOf,
  formatKeyLine,
  hasFingerprint,
  lineContainsKey,
  normalizeFingerprint,
  parseKeyLine,
} from "../../src/verify/ssh/authorized-key.ts";
import { SK_ECDSA, SK_ED25519 } from "../support/cases/key-line.ts";
import { DSS, ED25519, ED25519_MD5, ED25519_SHA256, SECOND_SHA256 } from "../support/cases/ssh-keys.ts";
import { describeWith } from "../support/needs.ts";

const folder = mkdtempSync(join(tmpdir(), "eic-sshkey-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function made(name: string, ...how: string[]): string {
  const path = join(folder, name);
  execFileSync("ssh-keygen", ["-q", "-N", "", "-C", "a comment", "-f", path, ...how]);
  return readFileSync(`${path}.pub`, "latin1").trimEnd();
}

/** Returns the fingerprint by `ssh-keygen -l`, with one of its two hashes; undefined if it does not accept the line. */
function toldBySshKeygen(line: string, hash: "sha256" | "md5"): string | undefined {
  const path = join(folder, "asked.pub");
  writeFileSync(path, `${line}\n`, "latin1");
  const { status, stdout } = spawnSync("ssh-keygen", ["-l", "-E", hash, "-f", path], { encoding: "latin1" });
  return status === 0 ? stdout.split(" ")[1] : undefined;
}

/** Each is made once, when a test first asks for it. Without ssh-keygen no test does. */
const LINES = [
  { type: "ed25519", how: ["-t", "ed25519"] },
  { type: "rsa-2048", how: ["-t", "rsa", "-b", "2048"] },
  { type: "rsa-3072", how: ["-t", "rsa", "-b", "3072"] },
  { type: "ecdsa-256", how: ["-t", "ecdsa", "-b", "256"] },
  { type: "ecdsa-384", how: ["-t", "ecdsa", "-b", "384"] },
  { type: "ecdsa-521", how: ["-t", "ecdsa", "-b", "521"] },
  // A hardware token is needed to make these.
  { type: "sk-ed25519", is: SK_ED25519 },
  { type: "sk-ecdsa", is: SK_ECDSA },
].map(({ type, how = [], is }) => {
  let line = is;
  return {
    type,
    lineOf: () => {
      line ??= made(type, ...how);
      return line;
    },
  };
});

describeWith("ssh-keygen", "a key of each type", () => {
  test.each(LINES)("$type has the fingerprints of ssh-keygen", ({ lineOf }) => {
    const line = lineOf();
    const key = parseKeyLine(line);
    if (key.kind !== "key") throw new Error(key.refusal.reason);
    const sha256 = toldBySshKeygen(line, "sha256");
    const md5 = toldBySshKeygen(line, "md5");
    expect(sha256).toMatch(/^SHA256:/);
    expect(md5).toMatch(/^MD5:/);
    expect(fingerprintOf(key.blob)).toBe(sha256);
    for (const told of [sha256, md5]) {
      expect(normalizeFingerprint(told)).toBe(told);
      expect(hasFingerprint(key.blob, told ?? "")).toBe(true);
      expect(lineContainsKey(line, told ?? "")).toBe(true);
    }
  });

  test.each(LINES)("$type is printed without its comment, the same key to ssh-keygen", ({ lineOf }) => {
    const line = lineOf();
    const key = parseKeyLine(line);
    if (key.kind !== "key") throw new Error(key.refusal.reason);
    expect(formatKeyLine(key)).toBe(line.split(" ").slice(0, 2).join(" "));
    expect(toldBySshKeygen(formatKeyLine(key), "sha256")).toBe(toldBySshKeygen(line, "sha256"));
  });

  test.each(LINES)("$type is refused with any byte of its blob's frame changed, as by ssh-keygen", ({ lineOf }) => {
    const [type = "", base64 = ""] = lineOf().split(" ");
    const blob = Buffer.from(base64, "base64");
    // The lengths and the type: every bit of the first string, and of the next string's length.
    const frame = 4 + type.length + 4;
    for (let bit = 0; bit < frame * 8; bit += 1) {
      const changed = Buffer.from(blob);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(parseKeyLine(`${type} ${changed.toString("base64")}`), `bit ${bit}`).toHaveProperty("refusal.reason");
    }
  });

  test.each(LINES)("$type is refused when cut at any byte", ({ lineOf }) => {
    const [type = "", base64 = ""] = lineOf().split(" ");
    const blob = Buffer.from(base64, "base64");
    for (let length = 0; length < blob.length; length += 1) {
      const cut = blob.subarray(0, length).toString("base64");
      expect(parseKeyLine(`${type} ${cut}`), `${length} bytes`).toHaveProperty("refusal.reason");
    }
  });
});

describeWith("ssh-keygen", "the keys of ssh-keygen", () => {
  test("that are not accepted here: a certificate, a DSA key", () => {
    const [user = "", ca = ""] = ["user", "ca"].map((name) => {
      made(name, "-t", "ed25519");
      return join(folder, name);
    });
    execFileSync("ssh-keygen", ["-q", "-s", ca, "-I", "x", "-n", "root", `${user}.pub`]);
    const certificate = readFileSync(`${user}-cert.pub`, "latin1").trimEnd();
    expect(parseKeyLine(certificate)).toEqual({
      kind: "refused",
      refusal: { reason: "key-type", found: "ssh-ed25519-cert-v01@openssh.com" },
    });
    expect(parseKeyLine(DSS)).toEqual({ kind: "refused", refusal: { reason: "key-type", found: "ssh-dss" } });
  });
});

describe("a fingerprint is recognized by its form", () => {
  test.each([
    [ED25519_SHA256, ED25519_SHA256],
    [ED25519_MD5, ED25519_MD5],
    [`MD5:${ED25519_MD5.slice(4).toUpperCase()}`, ED25519_MD5],
    [undefined, undefined],
    ["", undefined],
    ["none", undefined],
    [`${ED25519_SHA256}=`, undefined],
    [ED25519_SHA256.slice(0, -1), undefined],
    [ED25519_SHA256.toLowerCase(), undefined],
    [ED25519_MD5.slice(4), undefined],
    [`${ED25519_MD5}:00`, undefined],
    [`${ED25519_SHA256}\n`, undefined],
    ["SHA512:AAAA", undefined],
  ])("%j", (text, is) => {
    expect(normalizeFingerprint(text)).toBe(is);
  });
});

describe("a key is found in a line before the line is trusted", () => {
  test.each([
    { line: `command="x" ${ED25519}`, is: true },
    { line: `\t${ED25519.replace(" ", "\t")}\r`, is: true },
    { line: `ssh-rsa ${ED25519.split(" ")[1]}`, is: true },
    { line: ED25519.slice(0, -1), is: false },
    { line: "", is: false },
    { line: "x".repeat(1000), is: false },
  ])("in $line", ({ line, is }) => {
    expect(lineContainsKey(line, ED25519_SHA256)).toBe(is);
    expect(lineContainsKey(line, ED25519_MD5)).toBe(is);
    expect(lineContainsKey(line, SECOND_SHA256)).toBe(false);
  });
});
