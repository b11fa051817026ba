/** A login without obstacles, for tests that change one fact. */
import type { LoginFacts } from "../../../src/sshd/login/facts.ts";

/** Days since 1970. */
export const TODAY = 20_000;

/** Output of `sshd -T` of OpenSSH 9.2. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  usepam: ["no"],
  pubkeyauthentication: ["yes"],
  authenticationmethods: ["any"],
  permitrootlogin: ["without-password"],
  pubkeyacceptedalgorithms: ["ssh-ed25519,ecdsa-sha2-nistp256,rsa-sha2-512,rsa-sha2-256"],
  requiredrsasize: ["1024"],
  chrootdirectory: ["none"],
  forcecommand: ["none"],
  maxsessions: ["10"],
};

export function loginFacts(
  values: Readonly<Record<string, readonly string[]>> = {},
  change: Partial<LoginFacts> = {},
): LoginFacts {
  return {
    ...{ user: "alice", client: undefined, version: "OpenSSH_9.2p1", placeOf: () => undefined },
    sshd: { kind: "known", values: new Map(Object.entries({ ...VALUES, ...values })) },
    account: {
      kind: "read",
      value: { name: "alice", password: "x", uid: 1000, home: "/home/alice", shell: "/bin/sh" },
    },
    groups: ["alice"],
    shadow: {
      kind: "read",
      value: { password: "*", lastChange: 19_000, maximum: 99_999, inactive: undefined, expires: undefined },
    },
    ...{ shell: "executable", hasHome: true, chrootFlaw: undefined, nologin: [], revocation: { kind: "none" } },
    pam: { kind: "read", modules: [], judges: new Set(), access: [] },
    today: TODAY,
    ...change,
  };
}
