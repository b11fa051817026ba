/**
 * Makes the disk of a virtual machine: Debian 13 with its own kernel, sshd, and on x86-64 SELinux enforcing, labelled offline.
 * It is kept below dist and made again if what it is made of changes.
 */
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, globSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Cpu, PROCESSORS } from "../../packaging/build/processors.ts";
import { mustRun } from "../support/namespace-run.ts";
import { mustRunForeign } from "./foreign.ts";
import { KINDS } from "./kinds.ts";

export interface Image {
  readonly cpu: Cpu;
  /** The root file system, an ext4 disk; never written by a machine. */
  readonly disk: string;
  readonly kernel: string;
  readonly initrd: string;
  /** The same files as a folder, to compile a policy in. */
  readonly tree: string;
}

/** Folder for everything that the tests of the virtual machine make. */
export const SHELF = resolve(import.meta.dirname, "../../dist/vm");
const GUEST = resolve(import.meta.dirname, "guest");
const SUITE = "trixie";
/** Users who can log in, besides root. */
export const PEOPLE = ["alice", "bob"] as const;

const PACKAGES = [
  ...["systemd", "systemd-sysv", "libpam-systemd", "dbus", "udev", "kmod", "procps", "iproute2", "nftables", "rsyslog"],
  ...["initramfs-tools", "zstd", "openssh-server", "openssh-client", "adduser"],
];
/** Only the drivers of this machine: an initrd with all of them takes a minute to unpack in emulation. */
const DRIVERS = ["virtio_pci", "virtio_blk", "virtio_net", "virtio_console", "ext4"];
/** Work of a server's night, which would take the processor from a test. */
const TIMERS = ["apt-daily", "apt-daily-upgrade", "dpkg-db-backup", "e2scrub_all", "fstrim", "systemd-tmpfiles-clean"];

/** Shell lines that run before the kernel is installed, and that finish the tree; $1 is its folder. */
const BEFORE = [
  `mkdir -p "$1/etc/initramfs-tools/conf.d"; echo MODULES=list >"$1/etc/initramfs-tools/conf.d/machine"`,
  `printf '%s\\n' ${DRIVERS.join(" ")} >"$1/etc/initramfs-tools/modules"`,
];
const FINISHING = [
  ...PEOPLE.map((name) => `chroot "$1" useradd --create-home --shell /bin/bash ${name}`),
  `printf '%s\\n' 0123456789abcdef0123456789abcdef >"$1/etc/machine-id"; echo machine >"$1/etc/hostname"`,
  `echo "/dev/vda / ext4 rw 0 1" >"$1/etc/fstab"`,
  `install "${GUEST}/control" "${GUEST}/network" "$1/usr/local/sbin"`,
  `install -m 644 "${GUEST}"/*.service "$1/etc/systemd/system"`,
  `systemctl --quiet --root="$1" enable control.service network.service`,
  `systemctl --quiet --root="$1" mask ${TIMERS.map((name) => `${name}.timer`).join(" ")}`,
];
/** What SELinux enforcing takes more. */
const SELINUX = {
  packages: ["selinux-policy-default", "auditd", "policycoreutils", "semodule-utils"],
  finishing: [`printf 'SELINUX=enforcing\\nSELINUXTYPE=default\\n' >"$1/etc/selinux/config"`],
};
/** Labels every file. Run last: mmdebstrap still makes files after its hooks. */
const LABEL = ["setfiles", "-F", "/etc/selinux/default/contexts/files/file_contexts", "/"];

/** MiB of the disk. It is sparse: it takes what is written to it. */
const SIZE = 1500;

/** Returns mmdebstrap's words, without the folder that it fills. */
function recipeOf(cpu: Cpu): string[] {
  const more = KINDS[cpu].selinux ? SELINUX : { packages: [], finishing: [] };
  const { deb } = PROCESSORS[cpu];
  const packages = [...PACKAGES, `linux-image-cloud-${deb}`, ...more.packages];
  return [
    ...[`--architectures=${deb}`, "--variant=minbase", "--quiet", `--include=${packages.join(",")}`],
    ...BEFORE.map((line) => `--essential-hook=${line}`),
    ...[...FINISHING, ...more.finishing].map((line) => `--customize-hook=${line}`),
    SUITE,
  ];
}

function hashOfInputs(cpu: Cpu): string {
  const hash = createHash("sha256").update(JSON.stringify([recipeOf(cpu), SIZE]));
  for (const name of readdirSync(GUEST).toSorted()) hash.update(readFileSync(join(GUEST, name)));
  return hash.digest("hex").slice(0, 12);
}

/** Makes the image if there is none of these inputs. @param say prints a line for the user */
export async function makeImage(cpu: Cpu, say: (line: string) => void): Promise<Image> {
  const family = join(SHELF, `image-${PROCESSORS[cpu].deb}`);
  const folder = `${family}-${hashOfInputs(cpu)}`;
  if (!existsSync(folder)) {
    say("making the disk of the virtual machine, which takes a few minutes the first time, for arm64 ten or more");
    for (const old of globSync(`${family}-*`)) rmSync(old, { recursive: true });
    // Renamed when it is complete.
    const fresh = `${folder}-new`;
    mkdirSync(fresh, { recursive: true });
    await fill(cpu, fresh);
    renameSync(fresh, folder);
  }
  const at = (name: string) => join(folder, name);
  return { cpu, disk: at("disk"), kernel: at("kernel"), initrd: at("initrd"), tree: at("tree") };
}

async function fill(cpu: Cpu, folder: string): Promise<void> {
  const tree = join(folder, "tree");
  const words = ["mmdebstrap", ...recipeOf(cpu), tree];
  await (cpu === process.arch ? mustRun(words, process.env) : mustRunForeign(words));
  if (KINDS[cpu].selinux) await mustRun(["chroot", tree, ...LABEL]);
  for (const [name, pattern] of Object.entries({ kernel: "boot/vmlinuz-*", initrd: "boot/initrd.img-*" })) {
    const [found] = globSync(join(tree, pattern));
    if (found === undefined) throw new Error(`the tree has no ${pattern}`);
    copyFileSync(found, join(folder, name));
  }
  await mustRun(["mke2fs", "-q", "-t", "ext4", "-d", tree, join(folder, "disk"), `${SIZE}M`]);
}
