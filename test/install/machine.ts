/**
 * A server as an operator has it: one of the Debian releases, sshd as a service or started by its socket, users with
 * keys, and the simulated metadata service at the real address, which only this server can reach.
 */
import { readFileSync } from "node:fs";
import { METADATA_V4, METADATA_V6 } from "../support/namespace.ts";
import { type Output, outputOf } from "../support/namespace-output.ts";
import type { Finished } from "../support/namespace-run.ts";
import { type HiddenSimulator, simulatorIn } from "../support/namespace-simulator.ts";
import { SSH_OPTIONS } from "../support/ssh-client.ts";
import { type KeyPair, newKey } from "../support/sshd-keys.ts";
import { KIT } from "./packages.ts";
import { PEOPLE, type Release } from "./releases.ts";
import { openTree, type Tree } from "./tree.ts";

export interface Kind {
  readonly release: Release;
  readonly mode: "service" | "socket";
}

export type Person = (typeof PEOPLE)[number];

export interface Machine {
  readonly kind: Kind;
  readonly tree: Tree;
  /** Boots it and starts the simulated service. Only if it was opened with `down`, or has been powered off. */
  boot(): Promise<void>;
  /** Runs it as a container, without systemd, and starts sshd and the simulated service. @returns the output of sshd */
  contain(): Promise<Output>;
  /** The key in authorized_keys of all users, including root. */
  readonly ordinary: KeyPair;
  /** Runs a shell script as root. @returns its output @throws Error if the exit status is not 0 */
  sh(script: string): Promise<string>;
  /** Runs a shell script as root and accepts any exit status. */
  trySh(script: string): Promise<Finished>;
  /** Returns the ssh command line for one login, from an address that no other login uses. */
  ssh(user: string, key: KeyPair): string[];
  /** Logs in once and runs `id -un`. */
  login(user: string, key: KeyPair): Promise<Finished>;
  /** Makes a new key and pushes it for the user with AWS's SDK. */
  pushed(user: Person): Promise<KeyPair>;
  /** Makes a new key and pushes it for the user as this caller, by the simulator's control socket. */
  pushedBy(caller: string, user: Person): Promise<KeyPair>;
  /** Writes the settings that exist from the first boot on, and `more`, in TOML. A purge deletes them. */
  writeSettings(more?: string): void;
  close(): Promise<void>;
}

/** Instance id of the simulator. A real instance has it from its hardware. */
const INSTANCE = "i-0abcdef1234567890";
const ANCHORS = "/etc/eic-agent/anchors.pem";
/** Another address of the simulated service, which no metadata service has (RFC 5737, for documentation). */
export const OTHER_ADDRESS = "192.0.2.7";

/** Settings that a real instance does not need: EC2 hardware and AWS's authorities are not available here. */
const SETTINGS = `[instance]\nid = "${INSTANCE}"\n\n[trust]\nanchors = "${ANCHORS}"\n`;

export async function openMachine(kind: Kind, { down = false } = {}): Promise<Machine> {
  const tree = await openTree(kind.release);
  try {
    if (kind.mode === "socket") {
      await tree.mustRun(["systemctl", "--quiet", "disable", "ssh.service"]);
      await tree.mustRun(["systemctl", "--quiet", "enable", "ssh.socket"]);
    }
    const ordinary = await newKey(tree);
    await authorize(tree, ordinary);

    let logins = 0;
    const ssh = (user: string, { path }: KeyPair) => {
      logins += 1;
      // OpenSSH 10 delays connections from an address that was refused, so each login has another address.
      const from = ["-b", `127.1.${Math.floor(logins / 250)}.${(logins % 250) + 1}`];
      return ["ssh", ...SSH_OPTIONS, ...from, "-i", path, "-l", user, "127.0.0.1"];
    };
    let service: HiddenSimulator | undefined;
    const machine: Machine = {
      kind,
      tree,
      ordinary,
      ssh,
      async boot() {
        await tree.boot();
        service = await startService(tree);
        machine.writeSettings();
      },
      async contain() {
        await tree.contain();
        service = await startService(tree);
        machine.writeSettings();
        await tree.mustRun(["mkdir", "-p", "/run/sshd"]);
        const { stdout, stderr } = tree.converse(["/usr/sbin/sshd", "-D", "-e"]);
        const said = outputOf("sshd", stdout, stderr);
        await said.line(/^Server listening on /);
        return said;
      },
      writeSettings(more = "") {
        tree.write(ANCHORS, readFileSync(tree.outside("/run/eic/anchors.pem"), "utf8"));
        tree.write("/etc/eic-agent/config.toml", `${SETTINGS}${more}`);
      },
      sh: async (script) => (await tree.mustRun(["sh", "-ec", script])).stdout.trim(),
      trySh: (script) => tree.run(["sh", "-ec", script]),
      login: (user, key) => tree.run([...ssh(user, key), "id -un"]),
      async pushed(user) {
        if (service === undefined) throw new Error("not booted: no service to push to");
        const key = await newKey(tree);
        const push = `. /run/eic/aws.env; exec ${KIT}/node ${KIT}/sdk-push.cjs ${INSTANCE} ${user} ${key.path}.pub`;
        const { stdout } = await tree.mustRun(["sh", "-ec", push]);
        if (!/^[0-9a-f-]{36}\n$/.test(stdout)) throw new Error(`not pushed: ${stdout}`);
        return key;
      },
      async pushedBy(caller, user) {
        if (service === undefined) throw new Error("not booted: no service to push to");
        const key = await newKey(tree);
        await service.tell("push", { user, publicKey: key.line, caller });
        return key;
      },
      close: tree.close,
    };
    if (!down) await machine.boot();
    return machine;
  } catch (error) {
    await tree.close();
    throw error;
  }
}

/** Adds the key to authorized_keys of all users. */
async function authorize(tree: Tree, { line }: KeyPair): Promise<void> {
  for (const home of ["/root", ...PEOPLE.map((name) => `/home/${name}`)]) {
    tree.write(`${home}/.ssh/authorized_keys`, `${line}\n`, 0o600);
  }
  for (const name of PEOPLE) await tree.mustRun(["chown", "-R", `${name}:`, `/home/${name}/.ssh`]);
}

async function startService(tree: Tree): Promise<HiddenSimulator> {
  for (const address of [METADATA_V4, OTHER_ADDRESS]) {
    await tree.mustRun(["ip", "address", "add", `${address}/32`, "dev", "lo"]);
  }
  await tree.mustRun(["ip", "address", "add", `${METADATA_V6}/128`, "dev", "lo", "nodad"]);
  const program = [`${KIT}/node`, `${KIT}/eic-simulator.cjs`];
  return simulatorIn(tree, [`${METADATA_V4}:80`, `[${METADATA_V6}]:80`, `${OTHER_ADDRESS}:80`], program);
}
