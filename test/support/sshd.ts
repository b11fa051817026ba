/**
 * A real sshd inside a namespace, with the agent as its AuthorizedKeysCommand and no other way to log in, and the real
 * ssh as the client. It ends with the namespace. docs/protocol.md#sshd describes how sshd runs such a command.
 */
import { programPath } from "../../tools/system.ts";
import { DOOR, type Namespace } from "./namespace.ts";
import { type Output, outputOf } from "./namespace-output.ts";
import type { Finished } from "./namespace-run.ts";
import { COMMAND_USER } from "./sshd-accounts.ts";
import { type KeyPair, newKey } from "./sshd-keys.ts";

export interface Sshd {
  /** Its log, at level VERBOSE, without timestamps. */
  readonly log: Output;
  /** Logs in once and runs `id -un`, or `command`, "" for none; ssh offers the keys in this order. */
  login(user: string, keys: readonly KeyPair[], command?: string, flags?: readonly string[]): Promise<Finished>;
  /**
   * Makes a login that must be refused. @returns the lines that sshd logged until the connection ended
   * @throws Error if the login succeeded, or failed for another reason
   */
  refused(user: string, keys: readonly KeyPair[]): Promise<readonly string[]>;
}

export interface SshdOptions {
  /** The AuthorizedKeysCommand with its arguments; sshd appends none. */
  command?: string;
  /** Lines of sshd_config before all others: sshd uses the first value. */
  before?: readonly string[];
  /** Lines after all others. */
  settings?: readonly string[];
  port?: number;
}

export async function sshdIn(namespace: Namespace, options: SshdOptions = {}): Promise<Sshd> {
  const { command = `${DOOR} %u %f`, before = [], settings = [], port = 22 } = options;
  const sshd = programPath("sshd") ?? "sshd";
  const host = await newKey(namespace);
  const config = `/etc/ssh/sshd_config_${port}`;
  const known = `/etc/ssh/known_hosts_${port}`;
  const lines = [
    ...before,
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    `HostKey ${host.path}`,
    "PidFile none",
    "LogLevel VERBOSE",
    "UsePAM no",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "AuthorizedKeysFile none",
    `AuthorizedKeysCommand ${command}`,
    `AuthorizedKeysCommandUser ${COMMAND_USER}`,
    "MaxStartups 1000",
    "LoginGraceTime 120",
    ...settings,
  ];
  namespace.write(config, `${lines.join("\n")}\n`);
  namespace.write(known, `[127.0.0.1]:${port} ${host.line}\n127.0.0.1 ${host.line}\n`);

  // OpenSSH 9.8 and later; older versions report a bad configuration option.
  const tolerant = ["-o", "PerSourcePenalties=no"];
  const { status } = await namespace.run([sshd, "-t", "-f", config, ...tolerant]);
  const child = namespace.start([sshd, "-D", "-e", "-f", config, ...(status === 0 ? tolerant : [])]);
  if (child.stdout === null || child.stderr === null) throw new Error("started without pipes");
  const log = outputOf("sshd", child.stdout, child.stderr);
  await log.line(/^Server listening on /);

  const client = ["-F", "none", "-p", String(port), "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes"];
  client.push("-o", "IdentityAgent=none", "-o", "StrictHostKeyChecking=yes", "-o", `UserKnownHostsFile=${known}`);
  client.push("-o", "GlobalKnownHostsFile=none", "-o", "ConnectTimeout=60");
  const login: Sshd["login"] = (user, keys, what = "id -un", flags = []) => {
    const identities = keys.flatMap(({ path }) => ["-i", path]);
    const command = what === "" ? [] : [what];
    return namespace.run(["ssh", ...client, ...flags, ...identities, "-l", user, "127.0.0.1", ...command]);
  };
  return {
    log,
    login,
    async refused(user, keys) {
      const from = log.lines.length;
      const { status, stdout, stderr } = await login(user, keys);
      if (status !== 255 || stdout !== "" || !stderr.includes("Permission denied (publickey)")) {
        throw new Error(`not refused: status ${status}\n${stdout}${stderr}${log.lines.slice(from).join("\n")}`);
      }
      await log.line(/^Connection closed by (authenticating|invalid) user /, from);
      return log.lines.slice(from);
    },
  };
}
