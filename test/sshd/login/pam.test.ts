/** The PAM stack from files, and access.conf: cases of pam.d(5) and access.conf(5). Real logins: test/e2e/let-in.test.ts. */
import { describe, expect, test } from "vitest";
import type { PamFacts } from "../../../src/sshd/login/facts.ts";
import { accountStack, judgePam } from "../../../src/sshd/login/pam.ts";
import { loginFacts } from "./facts.ts";

const stackOf = (files: Readonly<Record<string, string>>) =>
  accountStack("sshd", (name) =>
    files[name] === undefined ? undefined : { path: `/etc/pam.d/${name}`, text: files[name] },
  );

/** The account part of EL 9's stack. */
const EL = {
  sshd: "#%PAM-1.0\nauth       substack     password-auth\naccount    required     pam_sepermit.so\naccount    required     pam_nologin.so\naccount    include      password-auth\n",
  "password-auth":
    "account     required      pam_faillock.so\naccount     required      pam_unix.so\naccount     sufficient    pam_localuser.so\naccount     sufficient    pam_usertype.so issystem\naccount     [default=bad success=ok user_unknown=ignore] pam_sss.so\naccount     required      pam_permit.so\n",
};

describe("a stack", () => {
  test("has the included lines, in order, with their place", () => {
    const names = stackOf(EL)?.map(({ name, place }) => `${name} ${place}`);
    expect(names).toEqual([
      "pam_sepermit /etc/pam.d/sshd:3",
      "pam_nologin /etc/pam.d/sshd:4",
      "pam_faillock /etc/pam.d/password-auth:1",
      "pam_unix /etc/pam.d/password-auth:2",
      "pam_localuser /etc/pam.d/password-auth:3",
      "pam_usertype /etc/pam.d/password-auth:4",
      "pam_sss /etc/pam.d/password-auth:5",
      "pam_permit /etc/pam.d/password-auth:6",
    ]);
  });

  test.each([
    { text: "-account required /lib/security/pam_x.so a=b c # no", stack: [["pam_x", "required", ["a=b", "c"]]] },
    { text: "account required \\\n  pam_x.so", stack: [["pam_x", "required", []]] },
    { text: "session required pam_x.so\nauth required pam_y.so\npassword required pam_z.so", stack: [] },
    { text: "@include gone\naccount include gone", stack: [] },
  ])("$text", ({ text, stack }) => {
    expect(stackOf({ sshd: text })?.map(({ name, control, words }) => [name, control, words])).toEqual(stack);
  });

  test("that includes itself ends", () => {
    expect(stackOf({ sshd: "@include sshd\naccount required pam_x.so" })?.length).toBeLessThan(30);
  });
});

const judged = (
  files: Readonly<Record<string, string>>,
  access: string | undefined = undefined,
  groups = ["alice", "ops"],
) => {
  const modules = stackOf(files) ?? [];
  const files_ = access === undefined ? [] : [{ path: "/a", text: access, unusual: [] }];
  const pam: PamFacts = { kind: "read", modules, judges: new Set(modules.map(({ name }) => name)), access: files_ };
  return judgePam(loginFacts({ usepam: ["yes"] }, { pam, groups }));
};

describe("modules that are not judged", () => {
  test("are named if they can refuse, and only then", () => {
    const said = judged(EL).map(({ name, verdict }) => `${name} ${verdict}`);
    expect(said).toEqual(["pam_sepermit not-known", "pam_faillock not-known", "pam_sss not-known"]);
  });

  test.each([
    {
      title: "Debian's pam_deny, which is skipped",
      text: "account [success=1 default=ignore] pam_unix.so\naccount requisite pam_deny.so",
      verdict: "lets-in",
    },
    {
      title: "a pam_deny that applies to all users",
      text: "account required pam_unix.so\naccount required pam_deny.so",
      verdict: "refuses",
    },
    {
      title: "a pam_deny after a module that may end the stack",
      text: "account sufficient pam_localuser.so\naccount required pam_deny.so",
      verdict: "lets-in",
    },
  ])("$title: $verdict", ({ text, verdict }) => {
    expect(judged({ sshd: text })[0]?.verdict).toBe(verdict);
  });
});

describe("access.conf", () => {
  const sshd = "account required pam_access.so";
  test.each([
    ["", "lets-in"],
    ["# -:ALL:ALL", "lets-in"],
    ["-:ALL:ALL", "refuses"],
    ["+:alice:ALL\n-:ALL:ALL", "lets-in"],
    ["+ : bob alice : ALL\n- : ALL : ALL", "lets-in"],
    ["+:(ops):ALL\n-:ALL:ALL", "lets-in"],
    ["+:ops:ALL\n-:ALL:ALL", "lets-in"],
    ["+:(wheel):ALL\n-:ALL:ALL", "refuses"],
    ["-:ALL EXCEPT root:ALL", "refuses"],
    ["-:ALL EXCEPT root alice:ALL", "lets-in"],
    ["-:bob:ALL", "lets-in"],
    ["-:alice:10.0.0.0/8", "not-known"],
    ["+:alice:10.0.0.0/8\n-:ALL:ALL", "not-known"],
    ["-:ALL:ALL EXCEPT LOCAL", "not-known"],
    ["+:@admins:ALL\n-:ALL:ALL", "not-known"],
  ])("%j: %s", (access, verdict) => {
    expect(judged({ sshd }, access)[0]).toMatchObject({ name: "pam_access", verdict });
  });
});
