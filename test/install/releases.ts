/** The Debian releases on which these tests install the packages, and the contents of their base trees. */
import { createHash } from "node:crypto";
import { resolve } from "node:path";

export interface Release {
  readonly name: string;
  /** Its name for apt. */
  readonly suite: "bookworm" | "trixie";
  readonly packages: readonly string[];
}

/** systemd as on a server, a real sshd, a client, and what AWS's package and an rpm need. */
const PACKAGES = ["systemd", "systemd-sysv", "dbus", "openssh-server", "openssh-client", "iproute2", "adduser", "rpm"];

export const RELEASES = [
  // Without libpam-systemd every session stays in sshd's cgroup: stopping sshd carelessly ends sessions.
  { name: "Debian 12", suite: "bookworm", packages: PACKAGES },
  // With libpam-systemd, as on nearly every server: each session has its own scope.
  { name: "Debian 13", suite: "trixie", packages: [...PACKAGES, "libpam-systemd"] },
] as const satisfies readonly Release[];

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
export function baseOf({ suite, packages }: Release): string {
  const what = createHash("sha256").update(JSON.stringify([suite, packages, FINISHING]));
  return resolve(SHELF, "bases", `${suite}-${what.digest("hex").slice(0, 12)}`);
}
