/** Unreadable facts are never good; and other versions of sshd. For the real sshd, see test/e2e/let-in.test.ts. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { nextStep } from "../../../src/sshd/login/judge.ts";
import { loginKey } from "../../../src/sshd/login/keys.ts";
import { revokedByList } from "../../../src/sshd/login/revoked-list.ts";
import { loginFacts, TODAY } from "./facts.ts";

const ED25519 = { type: "ssh-ed25519", bits: undefined, fingerprint: "SHA256:x", revoked: "no" } as const;
const RSA = { ...ED25519, type: "ssh-rsa", bits: 2048 };

describe("sshd's next step", () => {
  test("is to accept, if nothing refuses", () => {
    expect(nextStep(loginFacts(), ED25519)).toEqual({ outcome: "accepts", rules: [] });
  });

  const closed = { kind: "closed" } as const;
  test.each([
    {
      title: "sshd",
      facts: loginFacts({}, { sshd: { kind: "unknown", message: "x", needsRoot: true } }),
      rule: "sshd -T",
    },
    { title: "shadow", facts: loginFacts({}, { shadow: closed }), rule: "shadow" },
    { title: "the shell", facts: loginFacts({}, { shell: "closed" }), rule: "shell" },
    {
      title: "RevokedKeys",
      facts: loginFacts({}, { revocation: { kind: "closed", path: "/r" } }),
      rule: "RevokedKeys",
    },
    {
      title: "PAM's files",
      facts: loginFacts({ usepam: ["yes"] }, { pam: { kind: "closed", modules: [], judges: new Set(), access: [] } }),
      rule: "pam.d",
    },
    {
      title: "pam_access's file",
      facts: loginFacts(
        { usepam: ["yes"] },
        { pam: { kind: "read", modules: [], judges: new Set(["pam_access"]), access: undefined } },
      ),
      rule: "pam_access",
    },
  ])("is not known if only root can read $title", ({ facts, rule }) => {
    const { outcome, rules } = nextStep(facts, ED25519);
    expect(outcome).toBe("not-known");
    expect(rules[0]).toMatchObject({ name: rule, verdict: "not-known", needsRoot: true, hint: "run this as root" });
  });

  test("is to refuse if a refusal is known, even if other facts are not", () => {
    const facts = loginFacts({ allowusers: ["bob"] }, { shadow: closed });
    expect(nextStep(facts, ED25519)).toMatchObject({
      outcome: "refuses",
      rules: [{ name: "AllowUsers" }, { name: "shadow" }],
    });
  });

  test("is not known if the groups are not, and a list of groups is set", () => {
    const facts = loginFacts({ allowgroups: ["wheel"] }, { groups: undefined });
    expect(nextStep(facts, ED25519)).toMatchObject({ outcome: "not-known", rules: [{ name: "AllowGroups" }] });
  });

  test("is not known if it is unknown whether a list has the key", () => {
    const facts = loginFacts({}, { revocation: { kind: "read", path: "/r", contents: [Buffer.from("x")] } });
    expect(nextStep(facts, { ...ED25519, revoked: undefined })).toMatchObject({ outcome: "not-known" });
  });

  test.each([
    // Before 8.5 the keyword had another name; before 7.8 the list contained key types.
    { version: "OpenSSH_7.4p1", list: "ssh-rsa", outcome: "accepts" },
    { version: "OpenSSH_8.0p1", list: "ssh-rsa", outcome: "refuses" },
    { version: "OpenSSH_8.0p1", list: "rsa-sha2-256", outcome: "accepts" },
  ])("with an RSA key in $version and $list: $outcome", ({ version, list, outcome }) => {
    const facts = loginFacts({ pubkeyacceptedkeytypes: [list] }, { version });
    const values = new Map(facts.sshd.kind === "known" ? facts.sshd.values : []);
    values.delete("pubkeyacceptedalgorithms");
    expect(nextStep({ ...facts, sshd: { kind: "known", values } }, RSA).outcome).toBe(outcome);
  });

  test("applies RSAMinSize, the name in EL's sshd", () => {
    expect(nextStep(loginFacts({ requiredrsasize: [], rsaminsize: ["3072"] }), RSA)).toMatchObject({
      outcome: "refuses",
      rules: [{ name: "RSAMinSize" }],
    });
  });

  test("applies RefuseConnection, of OpenSSH 10", () => {
    expect(nextStep(loginFacts({ refuseconnection: ["yes"] }), ED25519).outcome).toBe("refuses");
  });

  test.each([
    { title: "an account that expires today", usepam: "no", expires: TODAY, outcome: "accepts" },
    { title: "one that expired yesterday", usepam: "no", expires: TODAY - 1, outcome: "refuses" },
    { title: "one that expires today, with pam_unix", usepam: "yes", expires: TODAY, outcome: "refuses" },
    { title: "one that expires tomorrow, with pam_unix", usepam: "yes", expires: TODAY + 1, outcome: "accepts" },
  ])("$title: $outcome", ({ usepam, expires, outcome }) => {
    const shadow = { password: "*", lastChange: 19_000, maximum: 99_999, inactive: undefined, expires };
    const pam = { kind: "read", modules: [], judges: new Set(["pam_unix"]), access: [] } as const;
    expect(nextStep(loginFacts({ usepam: [usepam] }, { shadow: { kind: "read", value: shadow }, pam })).outcome).toBe(
      outcome,
    );
  });
});

describe("a key's size", () => {
  test.each([1024, 2047, 2048])("of %i bits is read from the key", (bits) => {
    const folder = mkdtempSync("/tmp/eic-test-");
    try {
      const path = join(folder, "key");
      execFileSync("ssh-keygen", ["-q", "-t", "rsa", "-b", String(bits), "-N", "", "-f", path]);
      const line = readFileSync(`${path}.pub`, "utf8").split(" ").slice(0, 2).join(" ");
      expect(loginKey(line, "", "no").bits).toBe(bits);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test.each(["ssh-rsa AAAA", "ssh-rsa ", "ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB"])("of %s is not known", (line) => {
    expect(loginKey(line, "", "no").bits).toBeUndefined();
  });
});

describe("a list of revoked keys", () => {
  const blob = (name: string) => {
    const bytes = Buffer.alloc(4 + name.length + 8);
    bytes.writeUInt32BE(name.length);
    bytes.write(name, 4);
    return `${name} ${bytes.toString("base64")}`;
  };
  const key = blob("ssh-ed25519");
  test.each([
    ["", "no"],
    ["# comment\n\n", "no"],
    [`${key} somebody@host\n`, "yes"],
    [`  ${key}\n`, "yes"],
    [`${blob("ssh-rsa")}\n${key}\n`, "yes"],
    ["nonsense\n", "error"],
    [`nonsense\n${key}\n`, "error"],
    [`ssh-rsa ${key.split(" ")[1]}\n`, "error"],
  ] as const)("%j: %s", (text, said) => {
    expect(revokedByList(Buffer.from(text), key)).toBe(said);
  });
});
