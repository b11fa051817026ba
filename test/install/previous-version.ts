/**
 * Makes a version from before the service existed, in both formats: no units, no folder for slots, and a link to the
 * executable in place of the relay. Its scripts are written for these tests: such a version handles only the account and
 * sshd's configuration.
 */
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { mustRun } from "../support/namespace-run.ts";
import { EARLIER_VERSION, KIT_FOLDER, PACKAGE } from "./packages.ts";
import { setVersion } from "./repack.ts";

const LINK = "usr/libexec/eic-agent/authorized-keys";
const UNKNOWN = [
  "usr/lib/systemd/system/eic-agent.service",
  "usr/lib/systemd/system/eic-agent.socket",
  "usr/lib/tmpfiles.d/eic-agent.conf",
  "DEBIAN/preinst",
  "DEBIAN/postrm",
  "DEBIAN/md5sums",
];

const POSTINST = `#!/bin/sh
set -e
[ "$1" = configure ] || exit 0
systemd-sysusers eic-agent.conf
if [ -z "$2" ]; then eic-agent sshd enable || true; fi
`;
const PRERM = `#!/bin/sh
set -e
[ "$1" = remove ] || exit 0
eic-agent sshd disable || true
`;

/** Changes the current package, unpacked in this folder, into the earlier version. */
export function asEarlier(folder: string): void {
  setVersion(folder, EARLIER_VERSION);
  for (const path of UNKNOWN) rmSync(join(folder, path));
  rmSync(join(folder, LINK));
  symlinkSync("../../bin/eic-agent", join(folder, LINK));
  for (const [name, text] of [["postinst", POSTINST] as const, ["prerm", PRERM] as const]) {
    writeFileSync(join(folder, "DEBIAN", name), text);
    chmodSync(join(folder, "DEBIAN", name), 0o755);
  }
}

const FILES = ["/usr/bin/eic-agent", `/${LINK}`, "/usr/lib/sysusers.d/eic-agent.conf"];

const spec = (tree: string) => `Name: eic-agent
Version: ${EARLIER_VERSION}
Release: 1
Summary: from before there was a service
License: Apache-2.0
%global debug_package %{nil}
%global __os_install_post %{nil}
%global _build_id_links none
%global _binary_payload w1.zstdio
%description
For tests.
%install
cp -a '${tree}/.' %{buildroot}/
%post
systemd-sysusers eic-agent.conf
if [ "$1" -eq 1 ]; then eic-agent sshd enable || :; fi
%preun
if [ "$1" -eq 0 ]; then eic-agent sshd disable || :; fi
%files
%defattr(-,root,root)
${FILES.join("\n")}
`;

/**
 * Makes the rpm from the contents of the Debian package.
 * @param to the rpm to write
 * @param scratch a folder that is created and removed
 */
export async function makeEarlierRpm(to: string, scratch: string): Promise<void> {
  const [all, tree] = [join(scratch, "all"), join(scratch, "tree")];
  mkdirSync(all, { recursive: true });
  await mustRun(["dpkg-deb", "--extract", join(KIT_FOLDER, basename(PACKAGE.earlier)), all]);
  for (const path of FILES) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    renameSync(join(all, path), join(tree, path));
  }
  writeFileSync(join(scratch, "earlier.spec"), spec(tree));
  const places = { _topdir: scratch, _tmppath: scratch, _rpmdir: scratch, _rpmfilename: "made.rpm" };
  const defines = Object.entries(places).flatMap(([name, value]) => ["--define", `${name} ${value}`]);
  await mustRun(["rpmbuild", "-bb", "--quiet", ...defines, join(scratch, "earlier.spec")]);
  renameSync(join(scratch, "made.rpm"), to);
  rmSync(scratch, { recursive: true });
}
