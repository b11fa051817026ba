/** Links the SELinux module again before its tests, so that no old policy is tested. */

import { missingFor } from "../../tools/requirements.ts";
import { prepare } from "../../tools/setup.ts";
import { linkAll } from "./policies.ts";

export default async function setup(): Promise<void> {
  await prepare((line) => void process.stderr.write(`${line}\n`), ["selinux", "selinux-package", "selinux-scriptlets"]);
  if (missingFor("selinux") === undefined) linkAll();
}
