/** sshd_config for the sshd beside a simulator, and ssh_config for a client of it. Pure. */
import { join } from "node:path";
import type { Address } from "../../server.ts";

/** In the simulator's folder. It stays there, so that a client that knows it is not warned after a restart. */
export const HOST_KEY = "ssh_host_ed25519_key";

/** Files of a running sshd in the simulator's folder. */
export const FILES = {
  config: "sshd_config",
  clientConfig: "ssh_config",
  knownHosts: "known_hosts",
} as const;

export interface SshdSettings {
  readonly folder: string;
  readonly address: Address;
  /** The AuthorizedKeysCommand: the words of the agent, without the user and the fingerprint. */
  readonly command: readonly [string, ...string[]];
  readonly commandUser: string;
  /** Root's sshd asks PAM, as on an instance. An ordinary user's sshd cannot. */
  readonly isRoot: boolean;
}

/** @returns sshd_config(5): no way to log in but by a key that the command prints */
export function sshdConfig({ folder, address, command, commandUser, isRoot }: SshdSettings): string {
  const { host, port } = address;
  const lines = [
    `ListenAddress ${host.includes(":") ? `[${host}]` : host}:${port}`,
    `HostKey ${quotedWord(join(folder, HOST_KEY))}`,
    "PidFile none",
    `UsePAM ${isRoot ? "yes" : "no"}`,
    "AuthenticationMethods publickey",
    "AuthorizedKeysFile none",
    `AuthorizedKeysCommand ${command.map(commandWord).join(" ")} -- %u %f`,
    `AuthorizedKeysCommandUser ${commandUser}`,
    "Subsystem sftp internal-sftp",
  ];
  return `# Written by eic-simulator up --sshd.\n${lines.join("\n")}\n`;
}

/** @returns ssh_config(5) for `ssh -F`: the instance's id is a host name, and this sshd's key the only one that a host may have */
export function clientConfig(folder: string, { host, port }: Address, instanceId: string): string {
  const lines = [
    `Host ${instanceId}`,
    `  HostName ${connectTo(host)}`,
    "Host *",
    `  Port ${port}`,
    `  HostKeyAlias ${instanceId}`,
    `  UserKnownHostsFile ${quotedWord(join(folder, FILES.knownHosts))}`,
    "  GlobalKnownHostsFile none",
    "  StrictHostKeyChecking yes",
    "  IdentitiesOnly yes",
  ];
  return `# Written by eic-simulator up --sshd, for ssh -F.\n${lines.join("\n")}\n`;
}

/** @param key the host's public key, as "ssh-ed25519 AAAA…" */
export const knownHosts = (instanceId: string, key: string): string => `${instanceId} ${key}\n`;

/** Returns the address to which a client connects: an sshd that listens on every address is on loopback, too. */
const connectTo = (host: string): string => (host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host);

/** Quotes a word as sshd_config(5) and ssh_config(5) do: in double quotes, \ before " and \. */
const quotedWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `"${word.replace(/["\\]/g, "\\$&")}"`;

/** In a command, % begins a token (sshd_config(5), TOKENS). */
const commandWord = (word: string): string => quotedWord(word.replaceAll("%", "%%"));
