/**
 * Causes that keep a user out, or end the session, although sshd was given the right key. Each is created on a host in a
 * namespace. `real` is the behaviour of the real sshd: it was observed before it was written down, and the test verifies it.
 */
import { rmSync } from "node:fs";
import type { Namespace } from "../support/namespace.ts";
import type { KeyPair } from "../support/sshd-keys.ts";

export interface LetIn {
  readonly title: string;
  /** Lines of sshd_config, before all others: the first value wins. */
  readonly settings?: readonly string[];
  /** Lines after all others: Match blocks. */
  readonly match?: readonly string[];
  /** Default: alice. */
  readonly user?: string;
  readonly key?: "ed25519" | "rsa";
  readonly prepare?: (namespace: Namespace, key: KeyPair) => unknown;
  readonly mend?: (namespace: Namespace) => void;
  /** `ended`: sshd accepted the key, but nothing could be run. */
  readonly real: "accepted" | "refused" | "ended";
  /** explain's outcome: `accepts` for both `accepted` and `ended`. */
  readonly outcome: "accepts" | "refuses" | "not-known";
  /** The rule that explain reports for it. */
  readonly rule?: string;
  /** The check of `doctor --user` about it, with its status and its text. */
  readonly check: string;
  readonly status: "ok" | "warning" | "failed" | "not-applicable";
  readonly says?: RegExp;
}

const DAY = Math.floor(Date.now() / 86_400_000);

/** Writes alice's line in /etc/shadow. */
const shadow =
  (fields: string) =>
  (namespace: Namespace): void =>
    namespace.write("/etc/shadow", `root:*:19000:0:99999:7:::\nalice:${fields}\n`, 0o600);

const passwd =
  (shell: string) =>
  (namespace: Namespace): void =>
    namespace.write(
      "/etc/passwd",
      `root:x:0:0::/root:/bin/sh\nsshd:x:2998:2998::/:/usr/sbin/nologin\neic-agent:x:2999:2999::/:/usr/sbin/nologin\nalice:x:2001:2001::/home/alice:${shell}\n`,
    );

const file =
  (path: string, text = "", mode = 0o644) =>
  (namespace: Namespace): void =>
    namespace.write(path, text, mode);

const without = (path: string) => (namespace: Namespace) =>
  rmSync(namespace.outside(path), { force: true, recursive: true });

const good = { real: "accepted", outcome: "accepts", status: "ok" } as const;
const kept = { real: "refused", outcome: "refuses", status: "failed" } as const;
const users = { check: "login-users" } as const;

const USERS: readonly LetIn[] = [
  { title: "nothing that refuses", ...good, ...users },
  {
    title: "AllowUsers with another name",
    settings: ["AllowUsers bob"],
    ...kept,
    ...users,
    rule: "AllowUsers",
    says: /AllowUsers does not name alice: "bob", by \/etc\/ssh\/sshd_config:1/,
  },
  { title: "AllowUsers with the name", settings: ["AllowUsers bob alice"], ...good, ...users, says: /by "alice"/ },
  { title: "AllowUsers over two lines", settings: ["AllowUsers bob", "AllowUsers al?ce"], ...good, ...users },
  { title: "AllowUsers in another case", settings: ["AllowUsers Alice"], ...kept, ...users },
  {
    title: "AllowUsers with a negation, which has no effect for users",
    settings: ["AllowUsers !alice *"],
    ...good,
    ...users,
  },
  {
    title: "AllowUsers from this address",
    settings: ["AllowUsers alice@127.0.0.1"],
    ...good,
    outcome: "not-known",
    status: "warning",
    ...users,
    says: /depends on the client's address/,
  },
  {
    title: "AllowUsers from another address",
    settings: ["AllowUsers alice@10.0.0.0/8"],
    ...kept,
    outcome: "not-known",
    status: "warning",
    ...users,
  },
  { title: "AllowUsers from everywhere", settings: ["AllowUsers alice@*"], ...good, ...users },
  {
    title: "AllowUsers for a name with an @",
    settings: ["AllowUsers user?corp.example"],
    user: "user@corp.example",
    ...good,
    ...users,
  },
  {
    title: "DenyUsers",
    settings: ["DenyUsers a*"],
    ...kept,
    ...users,
    rule: "DenyUsers",
    says: /DenyUsers names alice by "a\*"/,
  },
  {
    title: "DenyUsers and AllowUsers",
    settings: ["AllowUsers alice", "DenyUsers alice"],
    ...kept,
    ...users,
    rule: "DenyUsers",
  },
  {
    title: "AllowGroups without one of the groups",
    settings: ["AllowGroups wheel"],
    ...kept,
    ...users,
    rule: "AllowGroups",
    says: /AllowGroups names no group of alice: "wheel"/,
  },
  { title: "AllowGroups with the account's own", settings: ["AllowGroups alice"], ...good, ...users },
  { title: "AllowGroups with a supplementary group", settings: ['AllowGroups "ops people"'], ...good, ...users },
  {
    title: "DenyGroups with a supplementary group",
    settings: ["DenyGroups ops*"],
    ...kept,
    ...users,
    rule: "DenyGroups",
    says: /"ops people"/,
  },
  {
    title: "AllowUsers in a Match block for the user",
    match: ["Match User alice", "AllowUsers bob"],
    ...kept,
    ...users,
    rule: "AllowUsers",
  },
  { title: "AllowUsers in a Match block for another", match: ["Match User bob", "AllowUsers bob"], ...good, ...users },
  {
    title: "PermitRootLogin no",
    user: "root",
    settings: ["PermitRootLogin no"],
    ...kept,
    ...users,
    rule: "PermitRootLogin",
  },
  {
    title: "PermitRootLogin prohibit-password",
    user: "root",
    settings: ["PermitRootLogin prohibit-password"],
    ...good,
    ...users,
  },
  {
    title: "PermitRootLogin forced-commands-only",
    user: "root",
    settings: ["PermitRootLogin forced-commands-only"],
    ...kept,
    ...users,
    rule: "PermitRootLogin",
  },
  { title: "PermitRootLogin no, for another user", settings: ["PermitRootLogin no"], ...good, ...users },
];

const keys = { check: "login-keys" } as const;
const REVOKED = "/etc/ssh/revoked";

const KEY_CASES: readonly LetIn[] = [
  {
    title: "PubkeyAcceptedAlgorithms without ed25519",
    settings: ["PubkeyAcceptedAlgorithms rsa-sha2-*"],
    ...kept,
    status: "warning",
    ...keys,
    rule: "PubkeyAcceptedAlgorithms",
    says: /pushed ssh-ed25519 keys are refused/,
  },
  {
    title: "the same, for an RSA key",
    key: "rsa",
    settings: ["PubkeyAcceptedAlgorithms rsa-sha2-*"],
    ...good,
    status: "warning",
    ...keys,
  },
  {
    title: "PubkeyAcceptedAlgorithms with ssh-rsa alone, for an RSA key",
    key: "rsa",
    settings: ["PubkeyAcceptedAlgorithms ssh-rsa"],
    ...kept,
    ...keys,
    rule: "PubkeyAcceptedAlgorithms",
    says: /neither ssh-ed25519 nor rsa-sha2-512/,
  },
  {
    title: "PubkeyAcceptedAlgorithms that removes ed25519",
    settings: ["PubkeyAcceptedAlgorithms -ssh-ed25519"],
    ...kept,
    status: "warning",
    ...keys,
    rule: "PubkeyAcceptedAlgorithms",
  },
  {
    title: "RequiredRSASize above the key's",
    key: "rsa",
    settings: ["RequiredRSASize 3072"],
    ...kept,
    status: "warning",
    ...keys,
    rule: "RequiredRSASize",
    says: /RequiredRSASize 3072/,
  },
  {
    title: "RequiredRSASize for an ed25519 key",
    settings: ["RequiredRSASize 3072"],
    ...good,
    status: "warning",
    ...keys,
  },
  { title: "RequiredRSASize of the key", key: "rsa", settings: ["RequiredRSASize 2048"], ...good, ...keys },
  {
    title: "RevokedKeys that does not exist",
    settings: [`RevokedKeys ${REVOKED}`],
    ...kept,
    ...keys,
    rule: "RevokedKeys",
    says: /cannot be read \(ENOENT\).*sshd refuses every key/,
  },
  {
    title: "RevokedKeys none in a Match block",
    match: ["Match User alice", "RevokedKeys none"],
    ...kept,
    ...keys,
    rule: "RevokedKeys",
    says: /in a Match block sshd treats none as a file name/,
  },
  {
    title: "RevokedKeys none in a Match block for another",
    match: ["Match User bob", "RevokedKeys none"],
    ...good,
    ...keys,
  },
  {
    title: "RevokedKeys that is empty",
    settings: [`RevokedKeys ${REVOKED}`],
    prepare: file(REVOKED, "", 0o600),
    ...good,
    ...keys,
  },
  {
    title: "RevokedKeys with the key as a line",
    settings: [`RevokedKeys ${REVOKED}`],
    prepare: (namespace, { line }) => namespace.write(REVOKED, `# gone\n${line} comment\n`, 0o600),
    ...kept,
    status: "ok",
    ...keys,
    rule: "RevokedKeys",
  },
  {
    title: "RevokedKeys with another line that is not a key",
    settings: [`RevokedKeys ${REVOKED}`],
    prepare: file(REVOKED, "nonsense\n", 0o600),
    ...kept,
    status: "ok",
    ...keys,
    rule: "RevokedKeys",
  },
  {
    title: "RevokedKeys as a KRL with the key",
    settings: [`RevokedKeys ${REVOKED}`],
    prepare: (namespace, { path }) => namespace.mustRun(["ssh-keygen", "-q", "-k", "-f", REVOKED, `${path}.pub`]),
    ...kept,
    status: "ok",
    ...keys,
    rule: "RevokedKeys",
  },
  {
    title: "RevokedKeys as a KRL without it",
    settings: [`RevokedKeys ${REVOKED}`],
    prepare: (namespace) => namespace.mustRun(["ssh-keygen", "-q", "-k", "-f", REVOKED, "/root/other.pub"]),
    ...good,
    ...keys,
  },
];
const KEYS = KEY_CASES.map((one): LetIn => ({ mend: without(REVOKED), ...one }));

const METHODS: readonly LetIn[] = [
  {
    title: "PubkeyAuthentication no",
    settings: ["PubkeyAuthentication no", "PasswordAuthentication yes"],
    ...kept,
    check: "pubkey",
    rule: "PubkeyAuthentication",
  },
  {
    title: "AuthenticationMethods with a password after the key",
    settings: ["AuthenticationMethods publickey,password", "PasswordAuthentication yes"],
    real: "refused",
    outcome: "accepts",
    check: "pubkey",
    status: "warning",
    rule: "AuthenticationMethods",
    says: /a key alone is not enough, sshd requires password as well/,
  },
  {
    title: "AuthenticationMethods with two keys",
    settings: ["AuthenticationMethods publickey,publickey"],
    real: "refused",
    outcome: "accepts",
    check: "pubkey",
    status: "warning",
    rule: "AuthenticationMethods",
    says: /2 different keys/,
  },
  {
    title: "AuthenticationMethods with a key alone as one way",
    settings: ["AuthenticationMethods publickey,password publickey", "PasswordAuthentication yes"],
    ...good,
    check: "pubkey",
  },
  {
    title: "AuthenticationMethods without a key",
    settings: ["AuthenticationMethods password", "PasswordAuthentication yes"],
    ...kept,
    check: "pubkey",
    rule: "AuthenticationMethods",
  },
];

const account = { check: "account" } as const;

const ACCOUNT: readonly LetIn[] = [
  {
    title: "an account that expired yesterday",
    prepare: shadow(`*:19000:0:99999:7::${DAY - 1}:`),
    ...kept,
    ...account,
    rule: "shadow",
    says: /the account has expired on/,
  },
  { title: "an account that expires today", prepare: shadow(`*:19000:0:99999:7::${DAY}:`), ...good, ...account },
  {
    title: "a locked account",
    prepare: shadow("!$6$salt$hash:19000:0:99999:7:::"),
    ...kept,
    ...account,
    rule: "shadow",
    says: /locked/,
  },
  {
    title: "an account whose password was locked with !!",
    prepare: shadow("!!:19000:0:99999:7:::"),
    ...kept,
    ...account,
    rule: "shadow",
  },
  {
    title: "an account without a password that is not locked",
    prepare: shadow("*:19000:0:99999:7:::"),
    ...good,
    ...account,
  },
  { title: "a password that has expired, without PAM", prepare: shadow("*:10000:0:30:7:10::"), ...good, ...account },
  {
    title: "a shell that does not exist",
    prepare: passwd("/bin/none"),
    ...kept,
    ...account,
    rule: "shell",
    says: /\/bin\/none does not exist/,
  },
  {
    title: "a shell that is not executable",
    prepare: passwd("/etc/hosts"),
    ...kept,
    ...account,
    rule: "shell",
    says: /no program/,
  },
  {
    title: "a shell that ends each login",
    prepare: passwd("/usr/sbin/nologin"),
    real: "ended",
    outcome: "accepts",
    status: "warning",
    ...account,
    rule: "shell",
    says: /ends every login/,
  },
  { title: "no shell in the account, which means /bin/sh", prepare: passwd(""), ...good, ...account },
];

const SESSION: readonly LetIn[] = [
  {
    title: "/etc/nologin",
    prepare: file("/etc/nologin", "closed\n"),
    mend: without("/etc/nologin"),
    real: "ended",
    outcome: "accepts",
    status: "failed",
    check: "nologin",
    rule: "nologin",
  },
  {
    title: "/etc/nologin, for root",
    user: "root",
    settings: ["PermitRootLogin yes"],
    prepare: file("/etc/nologin"),
    mend: without("/etc/nologin"),
    ...good,
    check: "nologin",
  },
  {
    title: "/var/run/nologin, which sshd without PAM does not look at",
    prepare: file("/var/run/nologin"),
    mend: without("/var/run/nologin"),
    ...good,
    check: "nologin",
  },
  {
    title: "a ChrootDirectory that others may write to",
    settings: ["ChrootDirectory /tmp"],
    real: "ended",
    outcome: "accepts",
    status: "failed",
    check: "session",
    rule: "ChrootDirectory",
    says: /writable/,
  },
  {
    title: "a ChrootDirectory that does not exist",
    settings: ["ChrootDirectory /srv/%u"],
    real: "ended",
    outcome: "accepts",
    status: "failed",
    check: "session",
    rule: "ChrootDirectory",
    says: /\/srv: ENOENT/,
  },
  {
    title: "MaxSessions 0",
    settings: ["MaxSessions 0"],
    real: "ended",
    outcome: "accepts",
    status: "failed",
    check: "session",
    rule: "MaxSessions",
  },
];

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
    says: /has expired on .* a new one has to be set first/,
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
    says: /10 days have passed/,
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
    says: /"-:ALL:ALL" in \/etc\/security\/access\.conf:2 keeps alice out/,
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
    says: /access-ssh\.conf:1/,
  },
  {
    title: "pam_listfile, which is not judged",
    prepare: withPam("account required pam_listfile.so item=user sense=allow file=/etc/allowed onerr=fail\n"),
    ...kept,
    outcome: "not-known",
    status: "not-applicable",
    ...pam,
    rule: "pam_listfile",
    says: /not known: PAM asks pam_listfile/,
  },
  {
    title: "pam_deny in front of everything",
    prepare: withPam("account required pam_deny.so\n"),
    ...kept,
    ...pam,
    rule: "pam_deny",
  },
];
const PAM = PAM_CASES.map((one): LetIn => ({ settings: ["UsePAM yes"], ...one }));

export const CASES: readonly LetIn[] = [...USERS, ...KEYS, ...METHODS, ...ACCOUNT, ...SESSION, ...PAM];
