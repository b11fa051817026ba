/**
 * A server as an operator has it: one of the Debian releases, sshd as a service or by its socket, people with keys of
 * their own, and the simulated service at its real address, which nobody but this server can reach.
 */
import { readFileSync } from "node:fs";
import { METADATA_V4, METADATA_V6 } from "../support/namespace.ts";
import { type Output, outputOf } from "../support/namespace-output.ts";
import type { Finished } from "../support/namespace-run.ts";
import { type HiddenSimulator, simulatorIn } from "../support/namespace-simulator.ts";
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
  /** Boots it and starts the simulated service. Only where it was asked to be left down, or has been powered off. */
  boot(): Promise<void>;
  /** Runs it as a container, without systemd, and starts sshd and the simulated service. @returns what sshd says */
  contain(): Promise<Output>;
  /** In everybody's authorized_keys, root's too. */
  readonly ordinary: KeyPair;
  /** Runs shell words as root, anything but exit status 0 is an Error; what it printed. */
  sh(script: string): Promise<string>;
  /** The same, whatever comes of it. */
  trySh(script: string): Promise<Finished>;
  /** The words of ssh for one login, from an address that no other login came from. */
  ssh(user: string, key: KeyPair): string[];
  /** One login, in which `id -un` is run. */
  login(user: string, key: KeyPair): Promise<Finished>;
  /** A new key, pushed for the user with AWS's SDK. */
  pushed(user: Person): Promise<KeyPair>;
  /** Those that are there from the first boot on, and `more`, in TOML; a purge takes them away. */
  writeSettings(more?: string): void;
  close(): Promise<void>;
}

/** As the simulator has it, and as an instance has it of its hardware. */
const INSTANCE = "i-0abcdef1234567890";
const ANCHORS = "/etc/eic-agent/anchors.pem";
/** Where the simulated service can be had, too: no address of a metadata service (RFC 5737, for documentation). */
export const OTHER_ADDRESS = "192.0.2.7";

/** What a real instance does not need: neither its hardware nor AWS's authorities are to be had here. */
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
      // OpenSSH 10 lets an address wait that was refused: none is refused twice.
      const from = ["-b", `127.1.${Math.floor(logins / 250)}.${(logins % 250) + 1}`];
      return ["ssh", ...CLIENT, ...from, "-i", path, "-l", user, "127.0.0.1"];
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
        if (service === undefined) throw new Error("not booted: nobody to push to");
        const key = await newKey(tree);
        const push = `. /run/eic/aws.env; exec ${KIT}/node ${KIT}/sdk-push.cjs ${INSTANCE} ${user} ${key.path}.pub`;
        const { stdout } = await tree.mustRun(["sh", "-ec", push]);
        if (!/^[0-9a-f-]{36}\n$/.test(stdout)) throw new Error(`not pushed: ${stdout}`);
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

const CLIENT = ["-F", "none", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none"];
CLIENT.push("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR");

/** Lets the key in for everybody by authorized_keys. */
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
