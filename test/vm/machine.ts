/**
 * A virtual machine as an operator has one on EC2: booted by its own kernel, with a network card behind which the simulated
 * metadata service listens. A script in it runs as root, over a serial port.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { METADATA_V4, METADATA_V6, type Namespace, openNamespace } from "../support/namespace.ts";
import type { Finished } from "../support/namespace-run.ts";
import { type HiddenSimulator, simulatorIn } from "../support/namespace-simulator.ts";
import { SSH_OPTIONS } from "../support/ssh-client.ts";
import { type KeyPair, newKey } from "../support/sshd-keys.ts";
import { Control, type Ran } from "./control.ts";
import { type Image, type PEOPLE, SHELF } from "./image.ts";
import { KINDS, type Kind } from "./kinds.ts";
import { UNPACK } from "./kit.ts";
import { Monitor } from "./monitor.ts";
import { CONTROL, layCard, MACHINE, MONITOR, OUTSIDE, startQemu } from "./qemu.ts";

export type Person = (typeof PEOPLE)[number];

export interface Machine {
  /** Whether SELinux is enforcing. */
  readonly selinux: boolean;
  readonly service: HiddenSimulator;
  /** Runs a script as root. @throws Error with its output if the exit status is not 0 */
  sh(script: string): Promise<string>;
  trySh(script: string): Promise<Ran>;
  /** Runs a script as a unit would, in the domain of a unit's programs. @throws Error if the exit status is not 0 */
  unitSh(script: string): Promise<string>;
  /** Runs a script on the other side of the network card. @throws Error if the exit status is not 0 */
  outside(script: string): Promise<void>;
  /** Restarts the machine, and waits until it has started. */
  reboot(): Promise<void>;
  /** Suspends the machine to memory, and wakes it up. */
  suspend(): Promise<void>;
  /** Sets the machine's clock, which falls behind in emulation. */
  setClock(): Promise<void>;
  newKey(): Promise<KeyPair>;
  /** Makes a new key, pushes it, and sets the machine's clock. */
  pushed(user: Person): Promise<KeyPair>;
  /** Logs in over the network card and runs a command. */
  login(user: Person, key: KeyPair, command?: string, address?: string): Promise<Finished>;
  /** Leaves the machine so many MiB of memory. */
  shrink(mebibytes: number): Promise<void>;
  save(name: string): Promise<void>;
  load(name: string): Promise<void>;
  /** The simulator's trust anchors, in PEM. */
  anchors(): string;
  close(): Promise<void>;
}

/** Every script of the last run, with its output. */
const LOG = join(SHELF, "scripts.log");

/** Seconds that a pushed key lives: a login takes up to a minute in emulation. */
const LIFETIME = 240;
/** Seconds that it is served after that: the machine's clock falls behind, and it is the machine that judges the key. */
const LINGER = 900;

/** Returns a script that runs another one in the domain of an administrator's shell, and not in that of a unit. */
function asAdministrator(script: string): string {
  const text = Buffer.from(script).toString("base64");
  return `base64 -d <<<${text} >/run/story; runcon unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023 bash -e /run/story`;
}

/** Boots a machine and unpacks the kit in it. @param memory MiB */
export async function openMachine(image: Image, memory = 1024): Promise<Machine> {
  const namespace = await openNamespace([]);
  try {
    // ssh and ssh-keygen look up the user that runs them.
    namespace.write("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
    await layCard(namespace);
    const listen = [METADATA_V4, `[${METADATA_V6}]`, OUTSIDE].map((address) => `${address}:80`);
    const service = await simulatorIn(namespace, listen);
    await startQemu(namespace, image, memory);
    writeFileSync(LOG, "");
    const control = await Control.open(namespace.outside(CONTROL), LOG);
    const monitor = await Monitor.open(namespace.outside(MONITOR));
    const machine = operate(KINDS[image.cpu], namespace, service, control, monitor);
    await started(control, machine);
    await machine.sh(UNPACK);
    return machine;
  } catch (error) {
    await namespace.close();
    throw error;
  }
}

async function started(control: Control, { sh }: Pick<Machine, "sh">): Promise<void> {
  await control.ready();
  await sh("systemctl is-system-running --wait || systemctl --failed");
}

function operate(
  { selinux }: Kind,
  namespace: Namespace,
  service: HiddenSimulator,
  control: Control,
  monitor: Monitor,
): Machine {
  const trySh = (script: string) => control.run(selinux ? asAdministrator(script) : script, script);
  const succeeded = async (script: string, ran: Promise<Ran>) => {
    const { status, output } = await ran;
    if (status !== 0) throw new Error(`${script}: status ${status}\n${output}`);
    return output.trim();
  };
  const sh = (script: string) => succeeded(script, trySh(script));
  const setClock = async () => void (await sh(`date --set=@${Math.ceil(Date.now() / 1000)} >/dev/null`));
  return {
    selinux,
    service,
    sh,
    trySh,
    unitSh: (script) => succeeded(script, control.run(script)),
    outside: async (script) => void (await namespace.mustRun(["sh", "-ec", script])),
    async reboot() {
      await sh("systemctl reboot --no-block");
      await started(control, { sh });
      await setClock();
    },
    async suspend() {
      await Promise.all([sh("echo mem >/sys/power/state"), monitor.wake()]);
      await setClock();
    },
    setClock,
    newKey: () => newKey(namespace),
    async pushed(user) {
      const key = await newKey(namespace);
      const times = { lifetimeSeconds: LIFETIME, lingerSeconds: LINGER };
      await service.tell("push", { user, publicKey: key.line, ...times });
      await setClock();
      return key;
    },
    login: (user, { path }, command = "id -un", address = MACHINE) =>
      namespace.run(["ssh", ...SSH_OPTIONS, "-i", path, "-l", user, address, command]),
    async shrink(mebibytes) {
      await monitor.balloon(mebibytes);
      await sh(
        `until [ "$(awk '/^MemTotal/ { print $2 }' /proc/meminfo)" -lt ${mebibytes * 1024} ]; do sleep 0.1; done`,
      );
    },
    save: (name) => monitor.save(name),
    async load(name) {
      await monitor.load(name);
      await setClock();
    },
    anchors: () => readFileSync(namespace.outside("/run/eic/anchors.pem"), "utf8").trim(),
    async close() {
      monitor.quit();
      control.close();
      await namespace.close();
    },
  };
}
