/** Identifies this EC2 instance from the machine itself, before any connection and without any data from the network. */
import { readFileSync } from "node:fs";
import { codeOf } from "../errno.ts";
import { Fault } from "../verify/errors.ts";
import { INSTANCE_ID } from "../verify/evidence.ts";
import { readRequiredFile } from "./trusted-files.ts";

/** Settings for the identity. An undefined path means the kernel's file. */
export interface IdentitySettings {
  readonly id: string | undefined;
  readonly dmiPath: string | undefined;
  readonly hypervisorPath: string | undefined;
  readonly checkIdentity: boolean;
  /** Whether the settings were named with --config; see TrustedFile. */
  readonly allowOwnFiles: boolean;
}

export type Identity =
  /** `id` is undefined if it is only known that this is EC2 (Xen), or if the settings turn the check off. */
  | {
      readonly kind: "ec2";
      readonly id: string | undefined;
      readonly by: "setting" | "dmi" | "hypervisor" | "unchecked";
    }
  | { readonly kind: "not-ec2" };

/** Nitro: the instance id. World-readable, written by the hypervisor. */
export const DMI_PATH = "/sys/devices/virtual/dmi/id/board_asset_tag";
/** Xen: a UUID that begins with ec2. */
const HYPERVISOR_PATH = "/sys/hypervisor/uuid";

/** Maximum bytes; both files hold one short line. */
const LIMIT = 4096;

/** @throws Fault FILE_UNREADABLE, FILE_UNTRUSTED: a file that exists but cannot be trusted does not mean "not EC2" */
export function identify(settings: IdentitySettings): Identity {
  if (settings.id !== undefined) return { kind: "ec2", id: settings.id, by: "setting" };
  if (!settings.checkIdentity) return { kind: "ec2", id: undefined, by: "unchecked" };

  const tag = readIdentity(DMI_PATH, settings.dmiPath, settings);
  if (tag !== undefined && INSTANCE_ID.test(tag)) return { kind: "ec2", id: tag, by: "dmi" };
  const uuid = readIdentity(HYPERVISOR_PATH, settings.hypervisorPath, settings);
  if (uuid?.toLowerCase().startsWith("ec2")) return { kind: "ec2", id: undefined, by: "hypervisor" };
  return { kind: "not-ec2" };
}

function readIdentity(
  kernel: string,
  named: string | undefined,
  { allowOwnFiles }: IdentitySettings,
): string | undefined {
  const text =
    named === undefined ? readKernel(kernel) : readRequiredFile({ path: named, allowOwnFiles, limit: LIMIT });
  return text?.trim();
}

/** Reads a sysfs file without an owner check: only the kernel owns it, even if a container shows another owner. */
function readKernel(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1").slice(0, LIMIT);
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT") return undefined;
    throw new Fault("FILE_UNREADABLE", `${path}: ${code}`, { file: path }, { cause: error });
  }
}
