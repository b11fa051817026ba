/**
 * The machine as the command sees it, in the private mount namespace: /sys is an empty file system with the identity of an
 * EC2 instance, and /etc/passwd has the users of the cases. Nothing of the host changes.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Nitro instances have the id in the DMI; Xen instances have a UUID that begins with ec2 (EC2 user guide, "Identify EC2 instances"). */
export type Machine = "nitro" | "xen" | "another hypervisor" | "not EC2" | "no identity";

const DMI = "/sys/devices/virtual/dmi/id";
const HYPERVISOR = "/sys/hypervisor/uuid";

/** The files of each kind of machine. */
const filesOf = (machine: Machine, instanceId: string): Record<string, string> => {
  switch (machine) {
    case "nitro":
      return { [`${DMI}/board_asset_tag`]: instanceId, [`${DMI}/sys_vendor`]: "Amazon EC2" };
    case "xen":
      return { [HYPERVISOR]: "ec2e1916-9099-7caf-fd21-012345abcdef" };
    case "another hypervisor":
      return { [HYPERVISOR]: "4c4c4544-0051-3510-8057-b4c04f4d3732" };
    case "not EC2":
      return { [`${DMI}/board_asset_tag`]: "Not Specified", [`${DMI}/sys_vendor`]: "QEMU" };
    case "no identity":
      return {};
  }
};

/** Makes the machine one of this kind. Only after `preparePlace`. */
export function becomeMachine(machine: Machine, instanceId: string): void {
  for (const path of [HYPERVISOR, DMI]) rmSync(path, { recursive: true, force: true });
  for (const [path, text] of Object.entries(filesOf(machine, instanceId))) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${text}\n`, { mode: 0o444 });
  }
}

/** Names of users that exist on the machine: agents may ask the system before they ask the metadata service. */
export const userName = (number: number): string => `eic-${String(number).padStart(3, "0")}`;
const USERS = 600;
export const FIRST_UID = 62_000;

/** Mounts /sys and /etc/passwd. @throws Error if the namespace is not a private one */
export function preparePlace(folder: string, outside: string, more: readonly string[]): void {
  if (networkNamespace() === outside) throw new Error("this is not a private network namespace");
  execFileSync("mount", ["-t", "tmpfs", "-o", "mode=755", "tmpfs", "/sys"]);
  const names = [...Array.from({ length: USERS }, (_, number) => userName(number)), ...more];
  const lines = names.map((name, i) => `${name}:x:${FIRST_UID + i}:${FIRST_UID}::/nonexistent:/usr/sbin/nologin\n`);
  const passwd = join(folder, "passwd");
  writeFileSync(passwd, readFileSync("/etc/passwd", "utf8") + lines.join(""), { mode: 0o644 });
  execFileSync("mount", ["--bind", passwd, "/etc/passwd"]);
}

/** Returns the name of this process's network namespace, "net:[4026531840]". */
export const networkNamespace = (): string => readlinkSync("/proc/self/ns/net");
