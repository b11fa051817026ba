/** Starts QEMU in a namespace, with a network card that ends there. Software emulation: KVM is often not usable. */
import { existsSync } from "node:fs";
import { METADATA_V4, METADATA_V6, type Namespace } from "../support/namespace.ts";
import { outputOf } from "../support/namespace-output.ts";
import { mustRun } from "../support/namespace-run.ts";
import { until } from "../support/until.ts";
import type { Image } from "./image.ts";
import { KINDS } from "./kinds.ts";
import { kitFor } from "./kit.ts";

/** Address of the machine, and of the namespace on the same card (RFC 5737, for documentation). */
export const MACHINE = "192.0.2.2";
export const OUTSIDE = "192.0.2.1";
/** The machine's IPv6 address, in the network of the metadata service's. */
export const MACHINE_V6 = "fd00:ec2::2";

/** Folder inside the namespace. */
const FOLDER = "/machine";
export const CONTROL = `${FOLDER}/control`;
export const MONITOR = `${FOLDER}/monitor`;
const CONSOLE = `${FOLDER}/console`;

/**
 * An instruction counts as one nanosecond, so that four seconds of the program are four seconds in the machine, however slow
 * the emulation is. The machine's clock then falls behind.
 */
const EMULATION = ["-accel", "tcg,thread=single", "-icount", "shift=0,sleep=on"];
const KERNEL = "root=/dev/vda rw net.ifnames=0 quiet";

/** Makes the card, and gives it the metadata service's addresses. Run before the simulator listens there. */
export async function layCard(namespace: Namespace): Promise<void> {
  const script = `
    mkdir -p /dev/net; mknod /dev/net/tun c 10 200
    ip tuntap add dev tap0 mode tap; ip link set tap0 up
    ip address add ${OUTSIDE}/24 dev tap0; ip address add ${METADATA_V4}/32 dev tap0
    ip address add ${METADATA_V6}/64 dev tap0 nodad`;
  await namespace.mustRun(["sh", "-ec", script]);
}

/** @param memory MiB @throws Error with QEMU's output if it ends before its sockets exist */
export async function startQemu(namespace: Namespace, image: Image, memory: number): Promise<void> {
  const { qemu, firmware, kernel } = KINDS[image.cpu];
  await namespace.mustRun(["mkdir", "-p", FOLDER]);
  const laid = { base: image.disk, kernel: image.kernel, initrd: image.initrd, kit: kitFor(image.cpu) };
  for (const [name, path] of Object.entries(laid))
    await mustRun(["cp", "--sparse=always", path, namespace.outside(`${FOLDER}/${name}`)]);
  await namespace.mustRun([
    "qemu-img",
    "create",
    "-q",
    "-f",
    "qcow2",
    "-b",
    `${FOLDER}/base`,
    "-F",
    "raw",
    `${FOLDER}/disk`,
  ]);
  const words = [
    ...[...qemu, ...firmware, ...EMULATION, "-m", String(memory), "-display", "none", "-nodefaults"],
    ...["-kernel", `${FOLDER}/kernel`, "-initrd", `${FOLDER}/initrd`, "-append", `${KERNEL} ${kernel}`],
    // In this order they are /dev/vda and /dev/vdb.
    ...["-blockdev", `driver=qcow2,node-name=root,file.driver=file,file.filename=${FOLDER}/disk`],
    ...["-device", "virtio-blk-pci,drive=root"],
    ...["-blockdev", `driver=raw,node-name=kit,read-only=on,file.driver=file,file.filename=${FOLDER}/kit`],
    ...["-device", "virtio-blk-pci,drive=kit"],
    ...["-netdev", "tap,id=card,ifname=tap0,script=no,downscript=no", "-device", "virtio-net-pci,netdev=card"],
    ...["-device", "virtio-balloon"],
    ...["-device", "virtio-serial", "-chardev", `socket,path=${CONTROL},server=on,wait=off,id=control`],
    ...["-device", "virtserialport,chardev=control,name=control"],
    ...["-monitor", `unix:${MONITOR},server=on,wait=off`, "-serial", `file:${CONSOLE}`],
  ];
  const child = namespace.start(words);
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error("started without pipes");
  const output = outputOf("qemu", stdout, stderr);
  try {
    await until(() => existsSync(namespace.outside(MONITOR)), child);
  } catch (error) {
    throw new Error(output.lines.join("\n"), { cause: error });
  }
}
