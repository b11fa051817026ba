/** Programs and files that may be missing on a system, and the packages that contain them. */
import { existsSync } from "node:fs";
import { programPath } from "./system.ts";

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
export const PARTS = {
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
  prometheus: { deb: "prometheus", rpm: "prometheus" },
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
  "qemu-aarch64": { deb: "qemu-user-static", rpm: "qemu-user-static", files: ["/usr/bin/qemu-aarch64-static"] },
  dash: { deb: "dash", rpm: "dash" },
  dpkg: { deb: "dpkg", rpm: "dpkg" },
  "dpkg-deb": { deb: "dpkg", rpm: "dpkg" },
  "dpkg-shlibdeps": { deb: "dpkg-dev", rpm: "dpkg-dev" },
  lintian: { deb: "lintian", rpm: "lintian" },
  rpm: { deb: "rpm", rpm: "rpm" },
  rpmbuild: { deb: "rpm", rpm: "rpm-build" },
  rpmsign: { deb: "rpm", rpm: "rpm-sign" },
  "qemu-system-x86_64": { deb: "qemu-system-x86", rpm: "qemu-system-x86-core" },
  "qemu-system-aarch64": { deb: "qemu-system-arm", rpm: "qemu-system-aarch64-core" },
  "qemu-img": { deb: "qemu-utils", rpm: "qemu-img" },
  mke2fs: { deb: "e2fsprogs", rpm: "e2fsprogs" },
  mmdebstrap: { deb: "mmdebstrap", rpm: "mmdebstrap" },
  // mmdebstrap asks it whether programs for another processor run here.
  "arch-test": { deb: "arch-test", rpm: "arch-test" },
  // Ubuntu does not have Debian's keys by default.
  "debian-keys": {
    deb: "debian-archive-keyring",
    rpm: "debian-keyring",
    files: ["gpg", "pgp"].map((type) => `/usr/share/keyrings/debian-archive-keyring.${type}`),
  },
  git: { deb: "git", rpm: "git" },
  "systemd-nspawn": { deb: "systemd-container", rpm: "systemd-container" },
  "ansible-playbook": { deb: "ansible-core", rpm: "ansible-core" },
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
  python3: { deb: "python3", rpm: "python3", files: ["/usr/bin/python3"] },
  "python3-yaml": {
    deb: "python3-yaml",
    rpm: "python3-pyyaml",
    files: ["/usr/lib/python3/dist-packages/yaml/__init__.py"],
  },
  boto3: { deb: "python3-boto3", rpm: "python3-boto3", files: ["/usr/lib/python3/dist-packages/boto3/__init__.py"] },
  aws: { deb: "awscli", rpm: "awscli2", files: AWS_CLI },
} as const satisfies Record<string, Part>;

export type PartName = keyof typeof PARTS;

/** Checks whether a part is installed. */
export function isThere(name: PartName): boolean {
  const { files }: Part = PARTS[name];
  return files === undefined ? programPath(name) !== undefined : files.some((file) => existsSync(file));
}
