/**
 * A real ansible-playbook outside, and booted systems as its hosts: it logs in through their sshd, each in the network
 * namespace of its own system. Nothing of this machine's Ansible or ssh configuration is used.
 */
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Machine } from "../install/machine.ts";
import { run } from "../support/namespace-run.ts";
import { SSH_OPTIONS } from "../support/ssh-client.ts";

/** One run of a play, as Ansible reports it. */
export interface Played {
  readonly status: number | null;
  /** By host: the figures of the recap, such as `changed`. */
  readonly recap: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** By host: the names of the tasks that changed something, or that would. */
  readonly changed: Readonly<Record<string, readonly string[]>>;
  readonly output: string;
}

export interface Ansible {
  /** Folder for the files of the test, on the control node. */
  readonly folder: string;
  /** Runs the playbook on all hosts, with these variables in addition to the inventory's. */
  play(variables?: object, ...words: string[]): Promise<Played>;
  close(): void;
}

const PLAYBOOK = resolve(import.meta.dirname, "../../packaging/examples/ansible/playbook.yml");

/** @param hosts by their names in the inventory: the system, and its variables for the role */
export function ansibleFor(hosts: Readonly<Record<string, { machine: Machine; variables: object }>>): Ansible {
  const folder = mkdtempSync(join(tmpdir(), "eic-fleet-"));
  const inventory = Object.entries(hosts).map(([name, { machine, variables }], i) => {
    const key = join(folder, `${name}.key`);
    copyFileSync(machine.tree.outside(machine.ordinary.path), key);
    chmodSync(key, 0o600);
    const ssh = join(folder, `${name}.ssh`);
    const namespace = machine.tree.outside("/proc/1/ns/net");
    writeFileSync(ssh, `#!/bin/sh\nexec nsenter --net=${namespace} -- ssh "$@"\n`, { mode: 0o755 });
    const connection = {
      // An address of its own: Ansible keeps a connection for each address.
      ansible_host: `127.0.0.${i + 2}`,
      ansible_user: "root",
      ansible_become: false,
      ansible_ssh_private_key_file: key,
      ansible_ssh_executable: ssh,
      ansible_python_interpreter: "/usr/bin/python3",
    };
    return [name, { ...connection, ...variables }];
  });
  const path = join(folder, "inventory.json");
  writeFileSync(path, JSON.stringify({ all: { hosts: Object.fromEntries(inventory) } }));
  const settings = join(folder, "ansible.cfg");
  writeFileSync(settings, "[defaults]\n");
  const env = {
    ...{ PATH: process.env.PATH, HOME: folder, LC_ALL: "C.UTF-8", ANSIBLE_CONFIG: settings, ANSIBLE_NOCOLOR: "1" },
    ...{ ANSIBLE_LOCAL_TEMP: join(folder, "tmp"), ANSIBLE_SSH_CONTROL_PATH_DIR: join(folder, "cp") },
    ANSIBLE_SSH_ARGS: `${SSH_OPTIONS.join(" ")} -o ControlMaster=auto -o ControlPersist=60s`,
    // Through the one program that enters the namespace: no sftp, no scp.
    ...{ ANSIBLE_SSH_TRANSFER_METHOD: "piped", ANSIBLE_PIPELINING: "1" },
  };
  return {
    folder,
    async play(variables = {}, ...words) {
      const given = ["--inventory", path, "--extra-vars", JSON.stringify(variables), ...words];
      const { status, stdout, stderr } = await run(["ansible-playbook", PLAYBOOK, ...given], env);
      return { status, ...read(stdout), output: `${stdout}${stderr}` };
    },
    close: () => rmSync(folder, { recursive: true }),
  };
}

/** Reads the output of Ansible's default callback. */
function read(output: string): Pick<Played, "recap" | "changed"> {
  const recap: Record<string, Record<string, number>> = {};
  const changed: Record<string, string[]> = {};
  let task = "";
  for (const line of output.split("\n")) {
    const [, name] = /^(?:TASK|RUNNING HANDLER) \[(?:eic_agent : )?(.*?)\] \**$/.exec(line) ?? [];
    if (name !== undefined) task = name;
    const [, host] = /^changed: \[([^\]]+)\]/.exec(line) ?? [];
    if (host !== undefined && changed[host]?.at(-1) !== task) changed[host] = [...(changed[host] ?? []), task];
    const [, of, figures] = /^(\S+) +: (ok=.*)$/.exec(line) ?? [];
    if (of === undefined || figures === undefined) continue;
    const pairs = figures
      .trim()
      .split(/ +/)
      .map((pair) => pair.split("=") as [string, string]);
    recap[of] = Object.fromEntries(pairs.map(([word, count]) => [word, Number(count)]));
  }
  return { recap, changed };
}
