/** The Debian releases that the packages are installed on in these tests, and what a base tree of each has in it. */
import { createHash } from "node:crypto";
import { resolve } from "node:path";

export interface Release {
  readonly name: string;
  /** As apt knows it. */
  readonly suite: "bookworm" | "trixie";
  readonly packages: readonly string[];
}

/** systemd as on a server, a real sshd with a client beside it, and what AWS's package and an rpm need of a system. */
const PACKAGES = ["systemd", "systemd-sysv", "dbus", "openssh-server", "openssh-client", "iproute2", "adduser", "rpm"];

export const RELEASES = [
  // Without libpam-systemd every session stays in sshd's own cgroup: what stops sshd carelessly ends sessions.
  { name: "Debian 12", suite: "bookworm", packages: PACKAGES },
  // With it, as nearly every server has it: each session in a scope of its own.
  { name: "Debian 13", suite: "trixie", packages: [...PACKAGES, "libpam-systemd"] },
] as const satisfies readonly Release[];

/** Where everything that the tests make once lies. */
export const SHELF = resolve(import.meta.dirname, "../../dist/install");

/** Who can log in, beside root. */
export const PEOPLE = ["alice", "bob"] as const;

/** Shell lines that finish a base tree, with its folder as $1. */
export const FINISHING = [
  ...PEOPLE.map((name) => `chroot "$1" useradd --create-home --shell /bin/bash ${name}`),
  // Without one, systemd takes a boot for the first and enables units by preset.
  `printf '%s\\n' 0123456789abcdef0123456789abcdef >"$1/etc/machine-id"`,
  // They would take apt's lock at some hours of the day.
  'systemctl --quiet --root="$1" mask apt-daily.timer apt-daily-upgrade.timer',
];

/** The base tree of a release: another one wherever what goes into it is another. */
export function baseOf({ suite, packages }: Release): string {
  const what = createHash("sha256").update(JSON.stringify([suite, packages, FINISHING]));
  return resolve(SHELF, "bases", `${suite}-${what.digest("hex").slice(0, 12)}`);
}
