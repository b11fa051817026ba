/**
 * Builds a package with the layout of AWS's ec2-instance-connect for Ubuntu: its user, its programs, and its override of
 * sshd's ExecStart, which the package's scripts write and remove. All text is written for these tests: only the layout
 * and the order of the calls matter, not how AWS's programs check keys.
 */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { mustRun } from "../support/namespace-run.ts";
import type { Machine } from "./machine.ts";

const AWS_USER = "ec2-instance-connect";
export const AWS_COMMAND = "/usr/share/ec2-instance-connect/eic_run_authorized_keys";
const AWS_OVERRIDE = "/lib/systemd/system/ssh.service.d/ec2-instance-connect.conf";

const OPTIONS = `-o "AuthorizedKeysCommand ${AWS_COMMAND} %%u %%f" -o "AuthorizedKeysCommandUser ${AWS_USER}"`;

/** Text of the override: clears ExecStart and starts sshd with options, which take precedence over every file. */
const AWS_OVERRIDE_TEXT = `[Service]\nExecStart=\nExecStart=/usr/sbin/sshd -D ${OPTIONS} $SSHD_OPTS\n`;

/** Prints no key, as if no key was pushed, and logs that it was called. */
const AWS_PROGRAM = `#!/bin/sh\nlogger -t aws-stand-in "asked for $1"\n`;

/** Installs the same layout without a package, as a tarball or a third party's image does. */
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

/** Builds the package. @param path of the file to write */
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
