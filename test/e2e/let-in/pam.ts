/** Causes in the PAM stack, and in the account as PAM evaluates it. */
import type { Namespace } from "../../support/namespace.ts";
import { account, DAY, file, good, kept, type LetIn, shadow, without } from "./case.ts";

/** Debian's PAM stack, without the session modules that need a whole system. */
const STACK = (more = "") =>
  `${more}account required pam_nologin.so\n@include common-account\nauth required pam_permit.so\nsession required pam_permit.so\n`;
const COMMON =
  "account\t[success=1 new_authtok_reqd=done default=ignore]\tpam_unix.so \naccount\trequisite\tpam_deny.so\naccount\trequired\tpam_permit.so\n";

const withPam =
  (more: string, prepare?: (namespace: Namespace) => void) =>
  (namespace: Namespace): void => {
    namespace.write("/etc/pam.d/common-account", COMMON);
    namespace.write("/etc/pam.d/sshd", STACK(more));
    prepare?.(namespace);
  };

const pam = { check: "pam" } as const;
const ACCESS = "/etc/security/access.conf";

const PAM_CASES: readonly LetIn[] = [
  { title: "PAM as Debian has it", prepare: withPam(""), ...good, ...pam },
  {
    title: "a locked account, with PAM",
    prepare: withPam("", shadow("!$6$salt$hash:19000:0:99999:7:::")),
    ...good,
    ...account,
  },
  {
    title: "an account that expires today, with PAM",
    prepare: withPam("", shadow(`*:19000:0:99999:7::${DAY}:`)),
    ...kept,
    ...account,
    rule: "shadow",
  },
  {
    title: "an account that expires tomorrow, with PAM",
    prepare: withPam("", shadow(`*:19000:0:99999:7::${DAY + 1}:`)),
    ...good,
    ...account,
  },
  {
    title: "a password that has expired, with PAM",
    prepare: withPam("", shadow("*:10000:0:30:7:::")),
    real: "ended",
    outcome: "accepts",
    status: "warning",
    ...account,
    rule: "shadow",
    message: /has expired on .* a new one has to be set first/,
  },
  {
    title: "a password that must be changed, with PAM",
    prepare: withPam("", shadow("*:0:0:99999:7:::")),
    real: "ended",
    outcome: "accepts",
    status: "warning",
    ...account,
    rule: "shadow",
  },
  {
    title: "a password that has expired too long ago, with PAM",
    prepare: withPam("", shadow("*:10000:0:30:7:10::")),
    ...kept,
    ...account,
    rule: "shadow",
    message: /10 days have passed/,
  },
  {
    title: "/etc/nologin, with PAM",
    prepare: withPam("", file("/etc/nologin", "closed\n")),
    mend: without("/etc/nologin"),
    ...kept,
    check: "nologin",
    rule: "nologin",
  },
  {
    title: "/var/run/nologin, with PAM",
    prepare: withPam("", file("/var/run/nologin")),
    mend: without("/var/run/nologin"),
    ...kept,
    check: "nologin",
    rule: "nologin",
  },
  {
    title: "pam_access that refuses all but root",
    prepare: withPam("account required pam_access.so\n", file(ACCESS, "+:root:ALL\n-:ALL:ALL\n")),
    ...kept,
    ...pam,
    rule: "pam_access",
    message: /"-:ALL:ALL" in \/etc\/security\/access\.conf:2 keeps alice out/,
  },
  {
    title: "pam_access that lets a group in",
    prepare: withPam(
      "account required pam_access.so\n",
      file(ACCESS, "# who\n+ : (ops people) bob (alice) : ALL\n- : ALL : ALL\n"),
    ),
    ...good,
    ...pam,
  },
  {
    title: "pam_access with all but one user",
    prepare: withPam("account required pam_access.so\n", file(ACCESS, "-:ALL EXCEPT alice root:ALL\n")),
    ...good,
    ...pam,
  },
  {
    title: "pam_access with a client address",
    prepare: withPam("account required pam_access.so\n", file(ACCESS, "+:alice:10.0.0.0/8\n-:ALL:ALL\n")),
    ...kept,
    outcome: "not-known",
    status: "not-applicable",
    ...pam,
    rule: "pam_access",
  },
  {
    title: "pam_access with a separate file",
    prepare: withPam(
      "account required pam_access.so accessfile=/etc/access-ssh.conf\n",
      file("/etc/access-ssh.conf", "-:alice:ALL\n"),
    ),
    ...kept,
    ...pam,
    rule: "pam_access",
    message: /access-ssh\.conf:1/,
  },
  {
    title: "pam_listfile, which is not judged",
    prepare: withPam("account required pam_listfile.so item=user sense=allow file=/etc/allowed onerr=fail\n"),
    ...kept,
    outcome: "not-known",
    status: "not-applicable",
    ...pam,
    rule: "pam_listfile",
    message: /not known: PAM asks pam_listfile/,
  },
  {
    title: "pam_deny in front of everything",
    prepare: withPam("account required pam_deny.so\n"),
    ...kept,
    ...pam,
    rule: "pam_deny",
  },
];
export const PAM = PAM_CASES.map((one): LetIn => ({ settings: ["UsePAM yes"], ...one }));
