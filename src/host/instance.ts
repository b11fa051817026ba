/** Which EC2 instance this is, as the machine itself knows it: before any connection, and from nobody on the network. */
import { readFileSync } from "node:fs";
import { Fault } from "../verify/errors.ts";
import { readRequiredFile } from "./trusted-files.ts";

/** What settings may say about it. Paths undefined: the kernel's own. */
export interface IdentitySettings {
  readonly id: string | undefined;
  readonly dmiPath: string | undefined;
  readonly hypervisorPath: string | undefined;
  readonly checkIdentity: boolean;
  /** Whether the settings were named with --config; see TrustedFile. */
  readonly mayBeOwn: boolean;
}

export type Identity =
  /** `id` is undefined where it is known only that this is EC2 (Xen), or where nobody is to check it. */
  | {
      readonly kind: "ec2";
      readonly id: string | undefined;
      readonly by: "setting" | "dmi" | "hypervisor" | "unchecked";
    }
  | { readonly kind: "not-ec2" };

/** Nitro: the instance id. World-readable, written by the hypervisor. */
const DMI_PATH = "/sys/devices/virtual/dmi/id/board_asset_tag";
/** Xen: a UUID that begins with ec2. */
const HYPERVISOR_PATH = "/sys/hypervisor/uuid";

export const INSTANCE_ID = /^i-[0-9a-f]{8,32}$/;

/** Bytes; both files are one short line. */
const LIMIT = 4096;

/**
 * @throws Fault FILE_UNREADABLE, FILE_UNTRUSTED: a file that is there and cannot be believed is no "not EC2"
 */
export function identify(settings: IdentitySettings): Identity {
  if (settings.id !== undefined) return { kind: "ec2", id: settings.id, by: "setting" };
  if (!settings.checkIdentity) return { kind: "ec2", id: undefined, by: "unchecked" };

  const tag = readIdentity(DMI_PATH, settings.dmiPath, settings);
  if (tag !== undefined && INSTANCE_ID.test(tag)) return { kind: "ec2", id: tag, by: "dmi" };
  const uuid = readIdentity(HYPERVISOR_PATH, settings.hypervisorPath, settings);
  if (uuid?.toLowerCase().startsWith("ec2")) return { kind: "ec2", id: undefined, by: "hypervisor" };
  return { kind: "not-ec2" };
}

function readIdentity(kernel: string, named: string | undefined, { mayBeOwn }: IdentitySettings): string | undefined {
  const text = named === undefined ? readKernel(kernel) : readRequiredFile({ path: named, mayBeOwn, limit: LIMIT });
  return text?.trim();
}

/** A file of sysfs has no owner but the kernel, whatever a container shows of it. */
function readKernel(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1").slice(0, LIMIT);
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    throw new Fault("FILE_UNREADABLE", `${path}: ${code}`, { file: path }, { cause: error });
  }
}
