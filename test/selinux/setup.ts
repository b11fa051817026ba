/** Before the tests of the SELinux module: links it anew, so that no old policy is looked at. */

import { missingFor } from "../../tools/requirements.ts";
import { prepare } from "../../tools/setup.ts";
import { linkAll } from "./policies.ts";

export default async function setup(): Promise<void> {
  await prepare((line) => void process.stderr.write(`${line}\n`), ["selinux", "selinux-package", "selinux-scriptlets"]);
  if (missingFor("selinux") === undefined) linkAll();
}
