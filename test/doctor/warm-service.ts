/**
 * The relay, its slots and the warm service, installed in a namespace as packages and systemd would do it: root creates the
 * socket, and the service behind it is the built program, run as its own user. A service that has ended is started again.
 */
import { chmodSync, chownSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Namespace, PROGRAMS } from "../support/namespace.ts";
import { outputOf } from "../support/namespace-output.ts";
import { COMMAND_USER_ID } from "../support/sshd-accounts.ts";

export const SERVICE_SOCKET = "/run/eic-agent/authorized-keys.sock";
export const SLOTS = "/run/eic-agent/slots";

/** Returns the parts of a 64-bit program that the doctor reads, with one segment (elf(5)). */
export function programBytes(machine: number, text: string): Buffer {
  const head = Buffer.alloc(64 + 56);
  head.write("\x7fELF\x02\x01\x01", "latin1");
  // e_type: position-independent; e_machine; e_version; e_phoff; e_ehsize; e_phentsize; e_phnum.
  head.writeUInt16LE(3, 16);
  head.writeUInt16LE(machine, 18);
  head.writeUInt32LE(1, 20);
  head.writeBigUInt64LE(64n, 32);
  head.writeUInt16LE(64, 52);
  head.writeUInt16LE(56, 54);
  head.writeUInt16LE(1, 56);
  // PT_LOAD.
  head.writeUInt32LE(1, 64);
  return Buffer.concat([head, Buffer.from(`${text}\0`)]);
}

/** Machine numbers of <elf.h>. */
export const MACHINES = process.arch === "arm64" ? { own: 183, other: 62 } : { own: 62, other: 183 };

/** Makes a folder for openNamespace(). The doctor never starts the relay, so the file has only the parts that it reads. */
export function laidPrograms(): string {
  const folder = mkdtempSync("/tmp/eic-doctor-");
  chmodSync(folder, 0o755);
  const lay = (name: string, bytes: Buffer | string) => writeFileSync(join(folder, name), bytes, { mode: 0o755 });
  lay("authorized-keys", programBytes(MACHINES.own, SERVICE_SOCKET));
  lay("one-shot", `#!/bin/sh\nexec ${PROGRAMS}/eic-agent.cjs "$@"\n`);
  return folder;
}

/** Its event loop is blocked as soon as the socket exists, so it accepts no connection itself. */
const SYSTEMD = `
  const { chownSync } = require("node:fs");
  const [, path, id, ...words] = process.argv;
  process.umask(0o117);
  const server = require("node:net").createServer().listen({ path, backlog: 1024 }, () => {
    chownSync(path, 0, Number(id));
    process.umask(0o022);
    require("node:fs").writeSync(1, "listens\\n");
    const stdio = ["ignore", "ignore", "ignore", server._handle.fd];
    const script = 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"';
    for (;;) require("node:child_process").spawnSync("sh", ["-c", script, "sh", ...words], { stdio });
  });`;

export async function startWarmService(namespace: Namespace): Promise<void> {
  mkdirSync(namespace.outside(SLOTS), { recursive: true });
  chmodSync(namespace.outside("/run/eic-agent"), 0o755);
  makeSlots(namespace);
  const id = `${COMMAND_USER_ID}`;
  const becoming = ["setpriv", `--reuid=${id}`, `--regid=${id}`, "--clear-groups"];
  const service = [...becoming, `${PROGRAMS}/eic-agent.cjs`, "serve"];
  const child = namespace.start([`${PROGRAMS}/node`, "-e", SYSTEMD, SERVICE_SOCKET, id, ...service]);
  if (child.stdout === null || child.stderr === null) throw new Error("started without pipes");
  await outputOf("the socket", child.stdout, child.stderr).line(/^listens$/);
}

/** Creates the slots as tmpfiles.d/eic-agent.conf does. */
export function makeSlots(namespace: Namespace): void {
  for (const [name, mode] of [["", 0o750], ...["0", "1", "2", "3"].map((slot) => [slot, 0o640] as const)] as const) {
    const path = namespace.outside(join(SLOTS, name));
    if (name !== "") writeFileSync(path, "");
    chownSync(path, 0, COMMAND_USER_ID);
    chmodSync(path, mode);
  }
}
