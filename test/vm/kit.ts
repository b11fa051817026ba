/**
 * Makes the second disk of the virtual machine, an archive with what a test needs inside: the package under test, and for
 * SELinux Debian's policy with the module. The policy is compiled here, with the programs of the machine's own tree: in
 * emulation this would take minutes.
 */
import { copyFileSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { debName } from "../../packaging/build/deb.ts";
import { type Cpu, PROCESSORS } from "../../packaging/build/processors.ts";
import { version } from "../../tools/bundle.ts";
import { mustRun } from "../support/namespace-run.ts";
import { type Image, SHELF } from "./image.ts";
import { KINDS } from "./kinds.ts";

/** Returns the path of the archive. */
export const kitFor = (cpu: Cpu): string => join(SHELF, `kit-${PROCESSORS[cpu].deb}.tar`);
/** Unpacks the kit to /root/kit; the device is the second disk. */
export const UNPACK = "mkdir -p /root/kit; tar --extract --file=/dev/vdb --directory=/root/kit";

/** Folders of the policy that semodule changes. */
const POLICY = ["etc/selinux/default", "var/lib/selinux/default"];

/**
 * Compiles the policy in a copy of the tree that is seen by this command only: $1 tree, $2 module, $3 archive. The module is
 * installed as docs/selinux.md says, but not loaded. Then once more with $4, which only logs, and without rules that keep a
 * denial out of the log, as $5.
 */
const COMPILE = `
  work=$(mktemp -d); mount -t tmpfs tmpfs "$work"; mkdir "$work/upper" "$work/work" "$work/root"
  mount -t overlay overlay -o "lowerdir=$1,upperdir=$work/upper,workdir=$work/work" "$work/root"
  cp "$2" "$work/root/root/eic_agent.cil"
  chroot "$work/root" semodule --noreload --store=default --install=/root/eic_agent.cil
  tar --create --file="$3" --directory="$work/root" ${POLICY.join(" ")}
  cp "$4" "$work/root/root/measure.cil"
  chroot "$work/root" semodule --noreload --store=default --disable_dontaudit --install=/root/measure.cil
  tar --create --file="$5" --directory="$work/root" ${POLICY.join(" ")}
  umount "$work/root" "$work"; rmdir "$work"`;

export async function makeKit({ cpu, tree }: Image): Promise<void> {
  const kit = kitFor(cpu);
  const stage = `${kit}-files`;
  rmSync(stage, { recursive: true, force: true });
  mkdirSync(stage, { recursive: true });
  copyFileSync(join("dist/packages", debName({ version, cpu })), join(stage, "eic-agent.deb"));
  if (KINDS[cpu].selinux) await compile(tree, stage);
  const fresh = `${kit}-new`;
  // A disk consists of whole sectors.
  await mustRun(["tar", "--create", "--record-size=1M", `--file=${fresh}`, `--directory=${stage}`, "."]);
  renameSync(fresh, kit);
  rmSync(stage, { recursive: true });
}

async function compile(tree: string, stage: string): Promise<void> {
  const words = [
    ...[tree, "packaging/selinux/eic_agent.cil", join(stage, "policy.tar")],
    ...[resolve(import.meta.dirname, "measure.cil"), join(stage, "policy-measured.tar")],
  ];
  await mustRun(["unshare", "--mount", "sh", "-ec", COMPILE, "sh", ...words]);
}
