/**
 * Runs a command that starts programs for arm64 on another processor, in QEMU. They are registered with a binfmt_misc of a
 * user namespace's own (Linux 6.7), and not with that of the whole machine.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { outputOf } from "../support/namespace-output.ts";

/** An ELF executable of 64 bits, little-endian, for AArch64: the header's first 20 bytes, of which the mask leaves out some. */
const MAGIC = String.raw`\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00`;
const MASK = String.raw`\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff`;
/** F: opened now, so that it is found in a chroot that does not contain it. mmdebstrap looks for this name. */
const ENTRY = `:qemu-aarch64:M::${MAGIC}:${MASK}:/usr/bin/qemu-aarch64-static:F`;

/** Says that the namespace exists, waits for its users, registers QEMU ($1), and becomes the command. */
const INSIDE = `
  echo inside; read -r line
  mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
  printf %s "$1" >/proc/sys/fs/binfmt_misc/register; shift
  exec "$@"`;

/** Every user and group of a Debian system is itself inside, so that files get their real owners. */
const USERS = "0 0 65536\n";

/** @throws Error with the output if the exit status is not 0 */
export async function mustRunForeign(words: readonly string[]): Promise<void> {
  const child = spawn("unshare", ["--user", "--mount", "sh", "-ec", INSIDE, "sh", ENTRY, ...words], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  const closed = once(child, "close");
  const output = outputOf("unshare", child.stdout, child.stderr);
  await output.line(/^inside$/);
  for (const map of ["uid_map", "gid_map"]) writeFileSync(`/proc/${child.pid}/${map}`, USERS);
  child.stdin.end("\n");
  const [status] = await closed;
  if (status !== 0) throw new Error(`${words.join(" ")}: status ${status}\n${output.lines.join("\n")}`);
}
