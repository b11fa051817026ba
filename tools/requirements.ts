/**
 * Requirements of the tests, the demo and the package builds on the system, besides Node: programs, the packages that
 * contain them, and permissions. A new need is one more row here; a test requests it with describeWith
 * (test/support/needs.ts). Each script requests only the needs of its work: `npm test` must stay quick to set up.
 */
import { isThere, PARTS, type PartName } from "./parts.ts";
import { asRoot, PACKAGED, type Row, type Work } from "./requirement.ts";
import { namespacesRefused, oldSystemd, registrationRefused, terminalRefused } from "./system.ts";

export type { Work };

export const NEEDS = {
  openssl: { about: "openssl as the second maker of certificates and staples", parts: ["openssl"] },
  "ssh-keygen": { about: "ssh-keygen as the judge of keys and fingerprints", parts: ["ssh-keygen"] },
  terminal: { about: "what the agent says on a terminal", parts: ["script"], allowed: terminalRefused },
  namespace: {
    about: "the agent at the real metadata address, in a private network namespace",
    parts: ["unshare", "mount", "nsenter", "pivot_root", "ip"],
    allowed: namespacesRefused,
  },
  conform: {
    about: "the conformance kit, which opens namespaces",
    parts: ["unshare", "mount", "ip", "openssl"],
    allowed: asRoot(),
  },
  sshd: {
    about: "logins through a real sshd",
    parts: ["unshare", "mount", "nsenter", "pivot_root", "ip", "sshd", "ssh", "ssh-keygen"],
    work: ["test", "test:sshd", "test:service"],
    allowed: asRoot(),
  },
  firewall: {
    about: "the doctor behind firewalls that filter by user",
    parts: ["unshare", "mount", "nsenter", "pivot_root", "ip", "sshd", "ssh", "ssh-keygen", "setpriv", "nft"],
    work: ["test:service"],
    allowed: asRoot(),
  },
  alarms: {
    about: "the alerting rules, the metrics and the queries of the dashboard, by Prometheus and its promtool",
    parts: ["promtool", "prometheus"],
    work: ["test:service"],
  },
  relay: {
    about: "the relay",
    parts: ["gcc", "libc-static", "readelf"],
    work: PACKAGED,
  },
  "foreign-relay": {
    about: "the relay for the other processor",
    parts: ["foreign-gcc", "foreign-libc-static"],
    work: ["test:packages", "test:service", "release", "test:vm:arm64"],
  },
  "relay-run": {
    about: "the relay beside a service, in a root folder of its own",
    parts: ["gcc", "libc-static", "libasan", "readelf", "unshare", "nsenter", "setpriv", "script"],
    work: ["test:service"],
    allowed: asRoot(),
  },
  "relay-traced": {
    about: "what the relay asks of the kernel, and what that denies",
    parts: ["gcc", "libc-static", "libasan", "unshare", "nsenter", "setpriv", "script", "strace"],
    work: ["test:service"],
    allowed: asRoot(),
  },
  "foreign-relay-run": {
    about: "the relay for the other processor, run under QEMU",
    parts: ["foreign-gcc", "foreign-libc-static", "foreign-qemu", "gcc", "libc-static", "unshare", "nsenter"],
    work: ["test:service"],
    allowed: asRoot(),
  },
  "warm-login": {
    about: "logins through sshd, relay and service",
    parts: [
      ...["unshare", "mount", "nsenter", "pivot_root", "ip", "sshd", "ssh", "ssh-keygen", "setpriv", "prlimit"],
      ...["gcc", "libc-static", "readelf"],
    ],
    work: ["test:service"],
    allowed: asRoot(),
  },
  selinux: {
    about: "the SELinux module, linked into Debian's policy",
    parts: ["secilc", "semodule", "sesearch", "selabel_lookup", "bunzip2", "selinux-policy"],
    work: ["test:service"],
  },
  "selinux-package": {
    about: "the package of the SELinux module",
    parts: ["rpmbuild", "rpm"],
    work: PACKAGED,
  },
  "selinux-scriptlets": {
    about: "what the package of the SELinux module does when it is installed",
    parts: ["rpmbuild", "rpm", "unshare", "semodule", "selinux-policy"],
    work: ["test:service"],
    allowed: asRoot(),
  },
  bench: { about: "the bench", parts: ["gcc", "libc-static", "curl"], work: ["bench"] },
  "bench-relay": {
    about: "relay and service in the bench",
    parts: ["gcc", "libc-static", "unshare", "nsenter"],
    work: ["bench"],
    allowed: asRoot("npm run bench"),
  },
  fuzz: { about: "libFuzzer at what reads the service's answer", parts: ["clang", "libfuzzer"], work: ["test:fuzz"] },
  units: { about: "the systemd units, by systemd's own judgement", parts: ["systemd-analyze"], allowed: oldSystemd },
  manuals: {
    about: "man pages and the packages' changelog, read by the programs that people read them with",
    parts: ["mandoc", "man", "dpkg-parsechangelog"],
  },
  shells: { about: "completion, asked of fish and zsh themselves", parts: ["fish", "zsh"] },
  python: { about: "the vectors, read by Python", parts: ["python3", "openssl"] },
  boto3: { about: "boto3 as a client of the simulator's API", parts: ["boto3"] },
  "aws-cli": { about: "the AWS CLI as a client of the simulator's API", parts: ["aws"] },
  executable: {
    about: "the single executable",
    parts: ["strip", "readelf"],
    work: [
      "executable",
      "test:packages",
      "test:install",
      "test:service",
      "test:fleet",
      "test:vm",
      "release",
      "test:vm:arm64",
    ],
  },
  "executable-memory": {
    about: "that the executable makes no memory executable, by a filter in the kernel",
    parts: ["gcc", "libc-static"],
    work: ["test:packages"],
  },
  "foreign-executable": {
    about: "the single executable for the other processor",
    parts: ["foreign-strip", "foreign-qemu", "foreign-libc", "foreign-libstdc++"],
    work: ["executable", "test:packages", "release", "test:vm:arm64"],
  },
  memory: {
    about: "how much memory the executable takes at most",
    parts: ["time"],
    work: ["test:packages"],
  },
  "other-processors": {
    about: "the executables on processors of other models",
    parts: ["qemu-x86_64"],
    work: ["test:packages"],
  },
  package: {
    about: "packages for Debian and for Red Hat's family",
    parts: ["dpkg-deb", "rpmbuild", "readelf"],
    work: ["package", "test:packages", "test:install", "test:fleet", "test:vm", "release", "test:vm:arm64"],
  },
  lintian: {
    about: "what lintian says about the Debian packages, and dpkg about their dependencies",
    parts: ["lintian", "dpkg-shlibdeps"],
    work: ["test:packages"],
  },
  "scratch-root": {
    about: "maintainer scripts and scriptlets, run in a root folder of their own",
    parts: ["dpkg", "rpm", "unshare", "dash"],
    work: ["test:packages"],
    allowed: asRoot("npm run test:packages"),
  },
  "booted-system": {
    about: "installing the packages in booted Debian systems",
    parts: ["mmdebstrap", "debian-keys", "systemd-nspawn", "unshare", "nsenter", "ip", "rpm", "ssh", "ssh-keygen"],
    work: ["test:install"],
    allowed: asRoot("npm run test:install"),
  },
  yaml: {
    about: "the examples in YAML, read by Python",
    parts: ["python3", "python3-yaml"],
    work: ["test:fleet"],
  },
  fleet: {
    about: "cloud-init and rsyslog with the examples, in booted Debian systems",
    parts: [
      ...["mmdebstrap", "debian-keys", "systemd-nspawn", "unshare", "nsenter", "ip", "ssh", "ssh-keygen"],
      ...["gpg", "apt-ftparchive", "openssl"],
    ],
    work: ["test:fleet"],
    allowed: asRoot("npm run test:fleet"),
  },
  ansible: {
    about: "the Ansible role, by ansible-playbook on booted Debian systems",
    parts: [
      ...["mmdebstrap", "debian-keys", "systemd-nspawn", "unshare", "nsenter", "ip", "ssh", "ssh-keygen"],
      ...["gpg", "apt-ftparchive", "ansible-playbook"],
    ],
    work: ["test:fleet"],
    allowed: asRoot("npm run test:fleet"),
  },
  "virtual-machine": {
    about: "a virtual machine with its own kernel and SELinux enforcing",
    parts: [
      ...["mmdebstrap", "debian-keys", "mke2fs", "qemu-system-x86_64", "qemu-img"],
      ...["unshare", "nsenter", "mount", "ip", "ssh", "ssh-keygen"],
    ],
    work: ["test:vm"],
    allowed: asRoot("npm run test:vm"),
  },
  "virtual-machine-arm64": {
    about: "the package for arm64, in a virtual machine with its own kernel",
    parts: [
      ...["mmdebstrap", "debian-keys", "arch-test", "qemu-aarch64", "mke2fs", "qemu-system-aarch64", "qemu-img"],
      ...["unshare", "nsenter", "mount", "ip", "ssh", "ssh-keygen"],
    ],
    work: ["test:vm:arm64"],
    allowed: () => asRoot("npm run test:vm -- --arch arm64")() ?? registrationRefused(),
  },
  newcomer: {
    about: "the two commands of README in a fresh Debian",
    parts: ["mmdebstrap", "debian-keys", "unshare", "git"],
    work: ["test:newcomer"],
    allowed: asRoot("npm run test:newcomer"),
  },
  release: {
    about: "signing a release, and laying out repositories for apt and dnf",
    parts: ["gpg", "rpmsign", "apt-ftparchive", "createrepo_c"],
    work: ["test:packages", "release"],
  },
} as const satisfies Record<string, Row>;

export type Need = keyof typeof NEEDS;

/** Returns the needs of a script. */
export function needsOf(work: Work): Need[] {
  const rows: [string, Row][] = Object.entries(NEEDS);
  return rows.filter(([, row]) => (row.work ?? ["test"]).includes(work)).map(([need]) => need as Need);
}

/** Returns what is missing on this system, or not permitted, for `need`; undefined if `need` is met. */
export function missingFor(need: Need): string | undefined {
  const { parts, allowed }: Row = NEEDS[need];
  const missing = parts.filter((part) => !isThere(part));
  return missing.length > 0 ? `no ${missing.join(", ")}` : allowed?.();
}

/** Returns the packages to install for all missing parts. */
export function missingPackages(family: "deb" | "rpm", needs: readonly Need[]): string[] {
  const parts = needs.flatMap((need): readonly PartName[] => NEEDS[need].parts);
  const packages = parts.filter((part) => !isThere(part)).map((part): string => PARTS[part][family]);
  return [...new Set(packages)].filter((name) => name !== "").sort();
}
