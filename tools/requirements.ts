/**
 * Requirements of the tests, the demo and the package builds on the system, besides Node: programs, the packages that
 * contain them, and permissions. A new need is one more row here; a test requests it with describeWith
 * (test/support/needs.ts). Each script requests only the needs of its work: `npm test` must stay quick to set up.
 */
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** test: `npm test`; executable: `npm run build:binary`; the others are npm scripts of these names. */
export type Work =
  | "test"
  | "executable"
  | "package"
  | "test:sshd"
  | "test:packages"
  | "test:install"
  | "test:service"
  | "test:fuzz"
  | "test:newcomer"
  | "bench"
  | "release";

interface Row {
  /** Description, for a person, of what is not run without it. */
  readonly about: string;
  readonly parts: readonly PartName[];
  /** The scripts that need it; by default, only `npm test`. */
  readonly work?: readonly Work[];
  /** Checks requirements that cannot be installed, such as root; returns the reason for a refusal, or undefined. */
  readonly allowed?: () => string | undefined;
}

export const NEEDS = {
  openssl: { about: "openssl as the second maker of certificates and staples", parts: ["openssl"] },
  "ssh-keygen": { about: "ssh-keygen as the judge of keys and fingerprints", parts: ["ssh-keygen"] },
  terminal: { about: "what the agent says on a terminal", parts: ["script"], allowed: terminalRefused },
  namespace: {
    about: "the agent at the real metadata address, in a private network namespace",
    parts: ["unshare", "mount", "nsenter", "pivot_root", "ip"],
    allowed: namespacesRefused,
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
    about: "the documented alarm rules, by Prometheus' promtool",
    parts: ["promtool"],
    work: ["test:service"],
  },
  relay: {
    about: "the relay",
    parts: ["gcc", "libc-static", "readelf"],
    work: ["package", "test:packages", "test:install", "test:service", "release"],
  },
  "foreign-relay": {
    about: "the relay for the other processor",
    parts: ["foreign-gcc", "foreign-libc-static"],
    work: ["test:packages", "test:service", "release"],
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
    work: ["package", "test:packages", "test:install", "test:service", "release"],
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
  boto3: { about: "boto3 as a client of the simulator's API", parts: ["boto3"] },
  "aws-cli": { about: "the AWS CLI as a client of the simulator's API", parts: ["aws"] },
  executable: {
    about: "the single executable",
    parts: ["strip", "readelf"],
    work: ["executable", "test:packages", "test:install", "test:service", "release"],
  },
  "executable-memory": {
    about: "that the executable makes no memory executable, by a filter in the kernel",
    parts: ["gcc", "libc-static"],
    work: ["test:packages"],
  },
  "foreign-executable": {
    about: "the single executable for the other processor",
    parts: ["foreign-strip", "foreign-qemu", "foreign-libc", "foreign-libstdc++"],
    work: ["executable", "test:packages", "release"],
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
    work: ["package", "test:packages", "test:install", "release"],
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

/** Requires root and private namespaces. If only root is missing, the reason names the command to run. */
function asRoot(script = "npm test"): () => string | undefined {
  return () => (isRoot() ? namespacesRefused() : `needs root, as in: sudo ${script}`);
}

export type Need = keyof typeof NEEDS;

/** Returns the needs of a script. */
export function needsOf(work: Work): Need[] {
  const rows: [string, Row][] = Object.entries(NEEDS);
  return rows.filter(([, row]) => (row.work ?? ["test"]).includes(work)).map(([need]) => need as Need);
}

interface Part {
  readonly deb: string;
  /** "" if that family has no such package. */
  readonly rpm: string;
  /** Replaces the search on PATH: the part is installed if one of these files exists. */
  readonly files?: readonly string[];
}

/** Paths of the AWS CLI from the system's package, and from AWS's own installer. */
const AWS_CLI = ["/usr/bin/aws", "/usr/local/bin/aws"] as const;

export const awsCli = (): string => AWS_CLI.find((path) => existsSync(path)) ?? AWS_CLI[0];

/** Debian's names for the other processor, in the programs and libraries for building its executable here. */
const FOREIGN =
  process.arch === "arm64"
    ? { gnu: "x86-64", path: "x86_64", libc: "amd64" }
    : { gnu: "aarch64", path: "aarch64", libc: "arm64" };
const foreignLibrary = (name: string) => [`/usr/${FOREIGN.path}-linux-gnu/lib/${name}`];
const NATIVE = process.arch === "arm64" ? "aarch64" : "x86_64";
const CLANGS = ["14", "15", "16", "17", "18", "19", "20", "21", "22"] as const;

/** Every program or file, and the package that contains it on Debian and Ubuntu, and on Fedora and its family. */
const PARTS = {
  openssl: { deb: "openssl", rpm: "openssl" },
  script: { deb: "bsdutils", rpm: "util-linux-script" },
  unshare: { deb: "util-linux", rpm: "util-linux" },
  // Not in Debian 13's smallest tree.
  mount: { deb: "mount", rpm: "util-linux" },
  nsenter: { deb: "util-linux", rpm: "util-linux" },
  pivot_root: { deb: "util-linux", rpm: "util-linux" },
  setpriv: { deb: "util-linux", rpm: "util-linux" },
  prlimit: { deb: "util-linux", rpm: "util-linux" },
  ip: { deb: "iproute2", rpm: "iproute" },
  promtool: { deb: "prometheus", rpm: "prometheus" },
  nft: { deb: "nftables", rpm: "nftables" },
  sshd: { deb: "openssh-server", rpm: "openssh-server" },
  ssh: { deb: "openssh-client", rpm: "openssh-clients" },
  "ssh-keygen": { deb: "openssh-client", rpm: "openssh" },
  fish: { deb: "fish", rpm: "fish" },
  zsh: { deb: "zsh", rpm: "zsh" },
  mandoc: { deb: "mandoc", rpm: "mandoc" },
  man: { deb: "man-db", rpm: "man-db" },
  "dpkg-parsechangelog": { deb: "dpkg-dev", rpm: "dpkg-dev" },
  strip: { deb: "binutils", rpm: "binutils" },
  readelf: { deb: "binutils", rpm: "binutils" },
  "foreign-strip": {
    deb: `binutils-${FOREIGN.gnu}-linux-gnu`,
    rpm: `binutils-${FOREIGN.path}-linux-gnu`,
    files: [`/usr/bin/${FOREIGN.path}-linux-gnu-strip`],
  },
  curl: { deb: "curl", rpm: "curl" },
  gcc: { deb: "gcc", rpm: "gcc" },
  "libc-static": {
    deb: "libc6-dev",
    rpm: "glibc-static",
    files: [`/usr/lib/${NATIVE}-linux-gnu/libc.a`, "/usr/lib64/libc.a"],
  },
  libasan: {
    deb: "gcc",
    rpm: "libasan",
    files: [`/usr/lib/${NATIVE}-linux-gnu/libasan.so.8`, "/usr/lib64/libasan.so.8", "/usr/lib64/libasan.so.6"],
  },
  "foreign-gcc": {
    deb: `gcc-${FOREIGN.gnu}-linux-gnu`,
    rpm: `gcc-${FOREIGN.path}-linux-gnu`,
    files: [`/usr/bin/${FOREIGN.path}-linux-gnu-gcc`],
  },
  "foreign-libc-static": {
    deb: `libc6-dev-${FOREIGN.libc}-cross`,
    rpm: "",
    files: [`/usr/${FOREIGN.path}-linux-gnu/lib/libc.a`],
  },
  "foreign-qemu": {
    deb: "qemu-user-static",
    rpm: "qemu-user-static",
    files: [`/usr/bin/qemu-${FOREIGN.path}-static`],
  },
  "foreign-libc": { deb: `libc6-${FOREIGN.libc}-cross`, rpm: "", files: foreignLibrary("libc.so.6") },
  "foreign-libstdc++": { deb: `libstdc++6-${FOREIGN.libc}-cross`, rpm: "", files: foreignLibrary("libstdc++.so.6") },
  // The program, not the shell's keyword.
  time: { deb: "time", rpm: "time", files: ["/usr/bin/time"] },
  "qemu-x86_64": { deb: "qemu-user-static", rpm: "qemu-user-static", files: ["/usr/bin/qemu-x86_64-static"] },
  dash: { deb: "dash", rpm: "dash" },
  dpkg: { deb: "dpkg", rpm: "dpkg" },
  "dpkg-deb": { deb: "dpkg", rpm: "dpkg" },
  "dpkg-shlibdeps": { deb: "dpkg-dev", rpm: "dpkg-dev" },
  lintian: { deb: "lintian", rpm: "lintian" },
  rpm: { deb: "rpm", rpm: "rpm" },
  rpmbuild: { deb: "rpm", rpm: "rpm-build" },
  rpmsign: { deb: "rpm", rpm: "rpm-sign" },
  mmdebstrap: { deb: "mmdebstrap", rpm: "mmdebstrap" },
  // Ubuntu does not have Debian's keys by default.
  "debian-keys": {
    deb: "debian-archive-keyring",
    rpm: "debian-keyring",
    files: ["gpg", "pgp"].map((type) => `/usr/share/keyrings/debian-archive-keyring.${type}`),
  },
  git: { deb: "git", rpm: "git" },
  "systemd-nspawn": { deb: "systemd-container", rpm: "systemd-container" },
  gpg: { deb: "gnupg", rpm: "gnupg2" },
  "apt-ftparchive": { deb: "apt-utils", rpm: "apt-utils" },
  createrepo_c: { deb: "createrepo-c", rpm: "createrepo_c" },
  secilc: { deb: "secilc", rpm: "secilc" },
  semodule: { deb: "policycoreutils", rpm: "policycoreutils" },
  strace: { deb: "strace", rpm: "strace" },
  bunzip2: { deb: "bzip2", rpm: "bzip2" },
  sesearch: { deb: "setools", rpm: "setools-console" },
  selabel_lookup: { deb: "selinux-utils", rpm: "libselinux-utils" },
  // The policy's modules as files, which only Debian's package contains.
  "selinux-policy": { deb: "selinux-policy-default", rpm: "", files: ["/usr/share/selinux/default/base.pp.bz2"] },
  clang: { deb: "clang", rpm: "clang" },
  libfuzzer: {
    deb: "libclang-rt-dev",
    rpm: "compiler-rt",
    files: CLANGS.map((version) => `/usr/lib/clang/${version}/lib/linux/libclang_rt.fuzzer-${NATIVE}.a`),
  },
  "systemd-analyze": { deb: "systemd", rpm: "systemd" },
  // The system's versions: a `python3` or `aws` that is earlier on PATH may be anything.
  boto3: { deb: "python3-boto3", rpm: "python3-boto3", files: ["/usr/lib/python3/dist-packages/boto3/__init__.py"] },
  aws: { deb: "awscli", rpm: "awscli2", files: AWS_CLI },
} as const satisfies Record<string, Part>;

type PartName = keyof typeof PARTS;

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

function isThere(name: PartName): boolean {
  const { files }: Part = PARTS[name];
  return files === undefined ? programPath(name) !== undefined : files.some((file) => existsSync(file));
}

/** Returns the path of a program. An ordinary user's PATH often lacks the sbin folders, so these are searched too. */
export function programPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter).concat("/usr/local/sbin", "/usr/sbin", "/sbin");
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export const isRoot = (): boolean => process.geteuid?.() === 0;

/** Returns the command that opens private process, mount and network namespaces, which end with their first process. */
export function unshareWords(): string[] {
  const user = isRoot() ? [] : ["--user", "--map-root-user"];
  const spaces = ["--mount", "--net", "--pid", "--fork", "--mount-proc", "--propagation", "private"];
  return [programPath("unshare") ?? "unshare", ...user, ...spaces, "--kill-child"];
}

/** Checks systemd's version: `systemd-analyze security --offline` exists since 250. */
function oldSystemd(): string | undefined {
  const { stdout } = spawnSync(programPath("systemd-analyze") ?? "systemd-analyze", ["--version"], {
    encoding: "utf8",
  });
  const [, version = "0"] = /^systemd (\d+)/.exec(stdout ?? "") ?? [];
  return Number(version) >= 250 ? undefined : `systemd ${version}, it takes 250`;
}

/** Tries to open a pseudo-terminal: a container may have none, or none left. */
function terminalRefused(): string | undefined {
  const { status, stderr, error } = spawnSync(programPath("script") ?? "script", ["-qec", "true", "/dev/null"], {
    encoding: "utf8",
    stdio: ["ignore", "ignore", "pipe"],
  });
  if (status === 0) return undefined;
  return `no pseudo-terminal here (${error?.message ?? (stderr.trim().split("\n")[0] || `script ended with ${status}`)})`;
}

/** Tries to open namespaces: permission depends on kernel settings, on AppArmor, and on the surrounding container. */
function namespacesRefused(): string | undefined {
  const [program = "", ...words] = unshareWords();
  const ip = programPath("ip") ?? "ip";
  const attempt = `mount -t tmpfs tmpfs /mnt && ${ip} link set lo up`;
  const { status, stderr } = spawnSync(program, [...words, "sh", "-c", attempt], { encoding: "utf8" });
  if (status === 0) return undefined;
  const said = stderr?.trim().split("\n")[0] ?? "";
  return `no private namespaces here (${said})${isRoot() ? "; in a container they take --privileged" : ""}`;
}
