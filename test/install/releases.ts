/** The Debian releases on which these tests install the packages, and the contents of their base trees. */
import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { isBrief } from "../../tools/slowness.ts";

export interface Release {
  readonly name: string;
  /** Its name for apt. */
  readonly suite: "bullseye" | "bookworm" | "trixie" | "sid";
  readonly packages: readonly string[];
  /** Part of the name of its base tree, which is then kept next to the tree of the same suite without it. */
  readonly tag?: string;
  /** Lines of apt's configuration that hold only while this release's tree is made. */
  readonly apt?: readonly string[];
}

/** systemd as on a server, a real sshd, a client, and what AWS's package and an rpm need. */
const PACKAGES = ["systemd", "systemd-sysv", "dbus", "openssh-server", "openssh-client", "iproute2", "adduser", "rpm"];

// Without libpam-systemd every session stays in sshd's cgroup: stopping sshd carelessly ends sessions. With it, as on nearly
// every server, each session has its own scope.
const WITH_SESSIONS = [...PACKAGES, "libpam-systemd"];

/**
 * OpenSSH 8.4, systemd 247 and glibc 2.31: the nearest to EL 8 and 9, Amazon Linux 2023, Ubuntu 20.04 and 22.04. Its /usr is
 * not merged: units and programs are in /lib and /bin, too. Its ssh.socket starts an sshd for each connection.
 */
export const BULLSEYE: Release = { name: "Debian 11", suite: "bullseye", packages: PACKAGES };
export const BOOKWORM: Release = { name: "Debian 12", suite: "bookworm", packages: PACKAGES };
export const TRIXIE: Release = { name: "Debian 13", suite: "trixie", packages: WITH_SESSIONS };
/** The newest OpenSSH and systemd in Debian. Its list of packages expires within a week, and a mirror may be older. */
export const SID: Release = {
  name: "Debian sid",
  suite: "sid",
  packages: WITH_SESSIONS,
  apt: ['Acquire::Check-Valid-Until "false"'],
};

/** CI's brief run has no sid: a commit must not fail because Debian has changed. */
export const RELEASES: readonly Release[] = [BULLSEYE, BOOKWORM, TRIXIE, ...(isBrief ? [] : [SID])];

/** Folder for everything that the tests make once. */
export const SHELF = resolve(import.meta.dirname, "../../dist/install");

/** Users who can log in, besides root. */
export const PEOPLE = ["alice", "bob"] as const;

/** Shell lines that finish a base tree, with its folder as $1. */
export const FINISHING = [
  ...PEOPLE.map((name) => `chroot "$1" useradd --create-home --shell /bin/bash ${name}`),
  // Without a machine-id, systemd treats a boot as the first and enables units by preset.
  `printf '%s\\n' 0123456789abcdef0123456789abcdef >"$1/etc/machine-id"`,
  // These timers would take apt's lock at certain hours of the day.
  'systemctl --quiet --root="$1" mask apt-daily.timer apt-daily-upgrade.timer',
];

/** Returns the path of a release's base tree. It changes when the packages or the finishing lines change. */
export function baseOf(release: Release): string {
  const { suite, packages, apt } = release;
  const what = createHash("sha256").update(JSON.stringify([suite, packages, FINISHING, ...(apt ?? [])]));
  return resolve(SHELF, "bases", `${familyOf(release)}-${what.digest("hex").slice(0, 12)}`);
}

/** Returns the part of the name that all base trees of a release have. */
export const familyOf = ({ suite, tag }: Release): string => (tag === undefined ? suite : `${suite}-${tag}`);
