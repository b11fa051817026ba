/**
 * Packages with a recorder in place of the program, and a separate root folder to install them in. These tests check what
 * the scripts call, and when; test/install checks what the program then does to a real sshd.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Order } from "../../packaging/build/build-spec.ts";
import { contents } from "../../packaging/build/contents.ts";
import { makeDeb } from "../../packaging/build/deb.ts";
import type { Cpu } from "../../packaging/build/processors.ts";
import { makeRpm } from "../../packaging/build/rpm.ts";
import { unshareWords } from "../../tools/system.ts";
import { mustRun } from "../support/namespace-run.ts";

/** Records its arguments, and exits with the status that the test has set for its second argument. */
const RECORDER = `#!/bin/sh
echo "$*" >>/calls
exit "$(cat "/answer-$2" 2>/dev/null || echo 0)"
`;

/**
 * Replaces one of systemd's or Debian's programs: records its name, too, and exits with the status that the test has set
 * for the program and its first argument that is not an option (`/answer-systemctl-is-active`), or for the program alone.
 * If a script such as `/does-systemctl-is-active` exists, it is run first.
 */
const SYSTEMD = `#!/bin/sh
name=\${0##*/}
echo "$name $*" >>/calls
for word; do case $word in -*) ;; *) break ;; esac; done
[ ! -e "/does-$name-$word" ] || sh -eu "/does-$name-$word"
exit "$(cat "/answer-$name-$word" 2>/dev/null || cat "/answer-$name" 2>/dev/null || echo 0)"
`;

/**
 * Shell functions for the tests' scripts. `booted` makes the root a system run by systemd, whose programs only record
 * their calls. `served` adds a running service, whose pid is in /process. `calls` prints the calls since the last time, on
 * one line. The output of dpkg and rpm goes to /log, and `told` prints eic-agent's lines of it. `full FOLDER` makes a
 * folder in which no file can have any content; `no_more FOLDER` makes one in which no file can be created.
 */
const TOOLS = `
booted() {
  mkdir -p /run/systemd/system
  for name in systemctl deb-systemd-helper deb-systemd-invoke systemd-tmpfiles; do
    command install -m 755 /given/systemd "/usr/bin/$name"
  done
}
served() {
  echo 4711 >/process
  echo 'echo "MainPID=$(cat /process)"' >/does-systemctl-show
}
full() { mkdir -p "$1"; mount -t tmpfs -o size=4k tmpfs "$1"; printf '%4096s' '' >"$1/full"; }
no_more() { mkdir -p "$1"; mount -t tmpfs -o nr_inodes=1 tmpfs "$1"; }
told() { grep '^eic-agent: ' /log || :; }
calls() { echo "$1: $(paste -sd, /calls 2>/dev/null || :)"; rm -f /calls; }
dpkg() { case $1 in -s) command dpkg "$@" ;; *) command dpkg "$@" >>/log 2>&1 ;; esac; }
install() { dpkg --force-depends -i "/given/$1.deb"; }
rpm() { command rpm "$@" >>/log 2>&1; }
`;

export interface Scratch {
  /** Runs a shell script in a new root. @returns the lines that it printed */
  run(script: string): Promise<string[]>;
  close(): void;
}

/** Builds packages like versions from before the units: a link to the program in place of the relay, and no scripts. */
const EARLIER = `
  rm -rf "$1/tree"; mkdir -p "$1/tree/usr/bin" "$1/tree/usr/libexec/eic-agent" "$1/tree/DEBIAN"
  command install -m 755 "$1/recorder" "$1/tree/usr/bin/eic-agent"
  ln -s ../../bin/eic-agent "$1/tree/usr/libexec/eic-agent/authorized-keys"
  printf '%s\\n' 'Package: eic-agent' 'Version: 0.9.0' 'Architecture: all' 'Maintainer: Tests <root@localhost>' \
    'Description: earlier' >"$1/tree/DEBIAN/control"
  dpkg-deb --root-owner-group -Znone --build "$1/tree" "$1/given/earlier.deb" >/dev/null
  rm -r "$1/tree/DEBIAN"
  printf '%s\\n' 'Name: eic-agent' 'Version: 0.9.0' 'Release: 1' 'Summary: earlier' 'License: none' '%description' \
    '%install' "cp -a $1/tree/. %{buildroot}/" '%files' /usr/bin/eic-agent /usr/libexec/eic-agent >"$1/earlier.spec"
  rpmbuild -bb --quiet --define "_topdir $1/rpm" --define "_rpmdir $1/given" --define '_rpmfilename earlier.rpm' \
    --define '__os_install_post %{nil}' --define '_build_id_links none' --define '__find_requires %{nil}' "$1/earlier.spec"
`;

/**
 * @returns a scratch with old.deb, new.deb, old.rpm and new.rpm in /given, which differ only in their version, and
 * earlier.deb and earlier.rpm, from before the units existed
 */
export function openScratch(): Scratch {
  const folder = mkdtempSync(join(tmpdir(), "eic-scratch-"));
  const given = join(folder, "given");
  try {
    makePackages(folder, given);
  } catch (error) {
    rmSync(folder, { recursive: true });
    throw error;
  }
  return {
    run: async (script) => {
      writeFileSync(join(given, "script"), TOOLS + script);
      const words = [...unshareWords(), "sh", resolve(import.meta.dirname, "scratch.sh"), given];
      return (await mustRun(words)).stdout.split("\n").slice(0, -1);
    },
    close: () => rmSync(folder, { recursive: true }),
  };
}

function makePackages(folder: string, given: string): void {
  mkdirSync(given);
  const recorder = join(folder, "recorder");
  writeFileSync(recorder, RECORDER);
  writeFileSync(join(given, "systemd"), SYSTEMD);
  execFileSync("sh", ["-euc", EARLIER, "sh", folder], { stdio: ["ignore", "ignore", "inherit"] });
  const cpu = process.arch as Cpu;
  for (const [name, version] of [
    ["old", "1.0.0"],
    ["new", "1.1.0"],
  ] as const) {
    const to = join(folder, name);
    mkdirSync(to);
    const order: Order = { version, cpu, compression: "quick", time: 0, folder: join(folder, "stage"), to };
    for (const [format, make] of [
      ["deb", makeDeb],
      ["rpm", makeRpm],
    ] as const) {
      const entries = contents(cpu, format, recorder);
      renameSync(make(entries, order), join(given, `${name}.${format}`));
    }
  }
}
