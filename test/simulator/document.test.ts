/** Key documents: the signed data, lifetimes, content that cannot be injected, and content that can be on purpose. */
import { describe, expect, test } from "vitest";
import { startAuthority } from "../../src/simulator/authority/authority.ts";
import { standingClock } from "../../src/simulator/clock.ts";
import { type KeyPush, type Push, pushStore } from "../../src/simulator/imds/key-store.ts";
import { openssl } from "./openssl.ts";

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGsP1hOlU7e0nU4sQbq0y2sZ2oF2oQkz1wY0xXlqg2Zl";
const NOW = 1_800_000_000;
const authority = await startAuthority(
  "managed-ssh-signer.us-east-1.amazonaws.com",
  standingClock(new Date(NOW * 1000)),
  {
    caKey: "ec-p256",
  },
);

function store(milliseconds = 0) {
  const clock = standingClock(new Date(NOW * 1000 + milliseconds));
  const origin = { instanceId: "i-0abcdef1234567890", caller: "arn:aws:iam::111122223333:user/alice" };
  const { push, document, live } = pushStore(origin, clock, () => authority.signerKey, authority.signDocument);
  return { clock, push, live, text: (user = "ec2-user") => document(user)?.toString() };
}

const pushed = (push: Push) => {
  const { push: take, text } = store();
  take(push);
  return text(push.user) ?? "";
};

/** Returns openssl's verdict on a block's signature, over its lines before the signature, each with its LF. */
function judged(block: string, ...options: string[]): string {
  const { file, run } = openssl();
  const lines = block.trimEnd().split("\n");
  const key = lines.findIndex((line) => !line.startsWith("#"));
  const signed = file(
    "signed",
    lines
      .slice(0, key + 1)
      .map((line) => `${line}\n`)
      .join(""),
  );
  const signature = file("signature", Buffer.from(lines.slice(key + 1).join(""), "base64"));
  const spki = authority.signerKey.spki.toString("base64");
  const publicKey = file(
    "key.pem",
    `-----BEGIN PUBLIC KEY-----\n${spki.match(/.{1,64}/g)?.join("\n")}\n-----END PUBLIC KEY-----\n`,
  );
  return run("dgst", "-sha256", ...options, "-verify", publicKey, "-signature", signature, signed).said.trim();
}

const PSS = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32", "-sigopt", "rsa_mgf1_md:sha256"];

test("a block is four fields, the key line, one line of signature, an empty line", () => {
  const text = pushed({ user: "ec2-user", publicKey: `${KEY} alice@laptop\n`, requestId: "r-1" });
  expect(text.split("\n")).toEqual([
    `#Timestamp=${NOW + 60}`,
    "#Instance=i-0abcdef1234567890",
    "#Caller=arn:aws:iam::111122223333:user/alice",
    "#Request=r-1",
    `${KEY} alice@laptop`,
    expect.stringMatching(/^[A-Za-z0-9+/]{342}==$/),
    "",
    "",
  ]);
});

test("openssl accepts the signature as RSA-PSS with SHA-256 and a salt of 32, over each line with its LF", () => {
  const text = pushed({ user: "ec2-user", publicKey: KEY });
  expect(judged(text, ...PSS)).toBe("Verified OK");
  expect(judged(text.replace("#Caller=arn", "#Caller=arm"), ...PSS)).toContain("Verification failure");
});

test.each([
  { title: "wrapped at 64", push: { wrapSignatureAt: 64 }, options: PSS },
  {
    title: "with a salt of 20",
    push: { signature: { saltLength: 20 } },
    options: [...PSS, "-sigopt", "rsa_pss_saltlen:20"],
  },
  { title: "as PKCS#1 v1.5", push: { signature: { scheme: "pkcs1" } }, options: [] },
] satisfies { title: string; push: Partial<KeyPush>; options: string[] }[])(
  "a signature can be made $title",
  ({ push, options }) => {
    expect(judged(pushed({ user: "ec2-user", publicKey: KEY, ...push }), ...options)).toBe("Verified OK");
  },
);

test("a signature can be any bytes", () => {
  expect(pushed({ user: "ec2-user", publicKey: KEY, signature: (signed) => signed.subarray(0, 3) })).toMatch(
    /\nI1Rp\n\n$/,
  );
});

test.each([0, 1, 999])(
  "a key pushed %d ms after a full second is served until the second that it names, and no longer",
  (ms) => {
    const { clock, push, text } = store(ms);
    expect(push({ user: "ec2-user", publicKey: KEY }).expires).toEqual(new Date((NOW + 60) * 1000));
    clock.advance(59.999 - ms / 1000);
    expect(text()).toContain(KEY);
    clock.advance(0.001);
    expect(text()).toBeUndefined();
  },
);

test("several keys of a user are served in the order of their pushes, each until its end, and for that user only", () => {
  const { clock, push, text, live } = store();
  push({ user: "ec2-user", publicKey: `${KEY} one` });
  clock.advance(30);
  push({ user: "ec2-user", publicKey: `${KEY} two` });
  push({ user: "root", publicKey: `${KEY} three` });
  expect([...(text() ?? "").matchAll(/ (one|two|three)\n/g)].map(([, name]) => name)).toEqual(["one", "two"]);
  clock.advance(30);
  expect(text()).not.toContain(" one\n");
  expect(text()).toContain(" two\n");
  expect(live().map(({ user }) => user)).toEqual(["ec2-user", "root"]);
});

test("a document stays byte for byte the same until another signer takes over", async () => {
  const { push, text } = store();
  push({ user: "ec2-user", publicKey: KEY });
  const before = text() ?? "";
  expect(text()).toBe(before);
  await authority.rotate();
  expect(text()).not.toBe(before);
  expect(judged(before, ...PSS)).toContain("Verification failure");
  expect(judged(text() ?? "", ...PSS)).toBe("Verified OK");
});

test("an expired key can still be served, for agents that must refuse it", () => {
  const { clock, push, text } = store();
  push({ user: "ec2-user", publicKey: KEY, lingerSeconds: 10 });
  clock.advance(61);
  expect(text()).toContain(`#Timestamp=${NOW + 60}\n`);
  clock.advance(9);
  expect(text()).toBeUndefined();
});

test("the fingerprint is the one that ssh-keygen prints", () => {
  const { push } = store();
  const { fingerprint } = push({ user: "ec2-user", publicKey: `${KEY} comment` });
  expect(fingerprint).toBe("SHA256:jPq2LfZwMzJoygUDRsj2ZNaY6IQ/SdxUrk/XLVIbRrw");
});

describe("a value with a line break is not accepted", () => {
  const good = { user: "ec2-user", publicKey: KEY };
  test.each([
    {
      push: { ...good, publicKey: `${KEY}\n#Instance=i-1` },
      said: "the public key has a control character at column 81",
    },
    { push: { ...good, publicKey: " " }, said: "the public key is empty" },
    { push: { ...good, user: "a\0b" }, said: "the user has a control character at column 2" },
    { push: { ...good, user: "" }, said: "the user is empty" },
    { push: { ...good, caller: "arn\r" }, said: "the caller has a control character at column 4" },
    { push: { ...good, requestId: "\x85" }, said: "the request id has a control character at column 1" },
    { push: { ...good, instance: "i-1\u2028" }, said: "the instance has a control character at column 4" },
  ])("$said", ({ push, said }) => {
    const { push: take, live } = store();
    expect(() => take(push)).toThrow(said);
    expect(live()).toEqual([]);
  });
});

test("a raw push is served unchanged and properly signed", () => {
  const keyLine = `command="id" ${KEY}`;
  const fields = ["#Timestamp=1e10", "#Timestamp=2", "no field"];
  const text = pushed({ raw: true, user: "ec2-user", keyLine, fields });
  expect(text.split("\n").slice(0, 4)).toEqual([...fields, keyLine]);
  expect(judged(pushed({ raw: true, user: "ec2-user", keyLine }), ...PSS)).toBe("Verified OK");
});
