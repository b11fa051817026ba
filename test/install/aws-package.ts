/**
 * A package that lays out a system as AWS's ec2-instance-connect for Ubuntu does: its user, its programs, and its
 * override of sshd's ExecStart, which the package's own scripts write and take away. Built here, in our own words: what
 * counts is the layout and what is called when, not how its programs judge keys.
 */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { mustRun } from "../support/namespace-run.ts";
import type { Machine } from "./machine.ts";

const AWS_USER = "ec2-instance-connect";
export const AWS_COMMAND = "/usr/share/ec2-instance-connect/eic_run_authorized_keys";
const AWS_OVERRIDE = "/lib/systemd/system/ssh.service.d/ec2-instance-connect.conf";

const OPTIONS = `-o "AuthorizedKeysCommand ${AWS_COMMAND} %%u %%f" -o "AuthorizedKeysCommandUser ${AWS_USER}"`;

/** The text of the override: it empties ExecStart and starts sshd with options, which beat every file. */
const AWS_OVERRIDE_TEXT = `[Service]\nExecStart=\nExecStart=/usr/sbin/sshd -D ${OPTIONS} $SSHD_OPTS\n`;

/** Knows no key, as without a push; and tells that it was asked. */
const AWS_PROGRAM = `#!/bin/sh\nlogger -t aws-stand-in "asked for $1"\n`;

/** The same layout by hand, owned by no package: a tarball, or an image that somebody else has built. */
export async function layAws({ tree, sh }: Machine): Promise<void> {
  tree.write(AWS_COMMAND, AWS_PROGRAM, 0o755);
  tree.write(AWS_OVERRIDE, AWS_OVERRIDE_TEXT);
  await sh(`useradd --system --no-create-home --shell /usr/sbin/nologin ${AWS_USER}
    systemctl daemon-reload; systemctl try-restart ssh.service`);
}

const CONTROL = `Package: ec2-instance-connect
Version: 1.1.18-0ubuntu1
Architecture: all
Maintainer: Install Tests <root@localhost>
Depends: openssh-server, adduser
Description: the layout of AWS's package, for tests
`;

const SCRIPTS = {
  preinst: `#!/bin/sh
set -e
if [ "$1" = install ] && ! getent passwd ${AWS_USER} >/dev/null; then
  adduser --system --shell /usr/sbin/nologin --no-create-home --home /nonexistent --quiet ${AWS_USER}
fi
`,
  postinst: `#!/bin/sh
set -e
[ "$1" = configure ] || exit 0
mkdir -p ${dirname(AWS_OVERRIDE)}
cat >${AWS_OVERRIDE} <<'TEXT'
${AWS_OVERRIDE_TEXT}TEXT
systemctl daemon-reload
deb-systemd-invoke restart ssh.service
`,
  prerm: `#!/bin/sh
set -e
case $1 in remove | deconfigure) ;; *) exit 0 ;; esac
rm -f ${AWS_OVERRIDE}
rmdir --ignore-fail-on-non-empty ${dirname(AWS_OVERRIDE)}
systemctl daemon-reload
deb-systemd-invoke restart ssh.service
`,
  postrm: `#!/bin/sh
set -e
case $1 in remove | purge) deluser --system --quiet ${AWS_USER} || true ;; esac
`,
} as const;

/** @param path of the package to write */
export async function makeAwsPackage(path: string, scratch: string): Promise<void> {
  const write = (name: string, text: string, mode: number) => {
    mkdirSync(dirname(join(scratch, name)), { recursive: true });
    writeFileSync(join(scratch, name), text);
    chmodSync(join(scratch, name), mode);
  };
  write(AWS_COMMAND, AWS_PROGRAM, 0o755);
  write("DEBIAN/control", CONTROL, 0o644);
  for (const [name, text] of Object.entries(SCRIPTS)) write(`DEBIAN/${name}`, text, 0o755);
  await mustRun(["dpkg-deb", "--root-owner-group", "--build", scratch, path]);
}
