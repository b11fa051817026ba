/** The virtual machines, one for each processor: everything in which they differ. */
import type { Cpu } from "../../packaging/build/processors.ts";
import type { Need } from "../../tools/requirements.ts";

/** The machine knows its instance by this id. */
export const INSTANCE = "i-0abcdef1234567890";

export interface Kind {
  readonly need: Need;
  /** QEMU's program, and the words that choose machine and processor. */
  readonly qemu: readonly string[];
  /** Words for QEMU that set what the firmware says of the machine. */
  readonly firmware: readonly string[];
  /** Words for the kernel, with its name of the first serial port. */
  readonly kernel: string;
  /** Whether SELinux is enforcing. Without it, scripts and sessions have no domain. */
  readonly selinux: boolean;
}

export const KINDS: Readonly<Record<Cpu, Kind>> = {
  x64: {
    need: "virtual-machine",
    qemu: ["qemu-system-x86_64", "-machine", "q35", "-cpu", "Nehalem"],
    // As on EC2.
    firmware: ["-smbios", "type=1,manufacturer=Amazon EC2", "-smbios", `type=2,asset=${INSTANCE}`],
    kernel: "console=ttyS0 security=selinux selinux=1 enforcing=1",
    selinux: true,
  },
  arm64: {
    need: "virtual-machine-arm64",
    // The processor of the second Graviton.
    qemu: ["qemu-system-aarch64", "-machine", "virt", "-cpu", "neoverse-n1"],
    // Without UEFI a kernel for arm64 finds no SMBIOS: the settings name the instance.
    firmware: [],
    kernel: "console=ttyAMA0",
    // Its policy would be compiled in emulation, which takes minutes each time; the module is the same for every processor.
    selinux: false,
  },
};
