/**
 * `up --sshd`: a real sshd beside the simulator, which asks the agent. As root it can log in every user; as an ordinary user
 * only this user, as sshd needs root to become another.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as after } from "node:timers/promises";
import { promisify } from "node:util";
import type { Address } from "../../server.ts";
import { resetPriority } from "../priority.ts";
import { Problem } from "../problem.ts";
import type { AgentCommand } from "./agent-command.ts";
import { clientConfig, FILES, HOST_KEY, knownHosts, sshdConfig } from "./config.ts";
import { descendantsOf, isAlive } from "./descendants.ts";

export interface SshdOptions {
  readonly folder: string;
  /** Port 0 takes any free port. */
  readonly address: Address;
  readonly instanceId: string;
  readonly agent: AgentCommand;
  /** Name of the user that runs this process. */
  readonly ownName: string;
  /** Called with each line that sshd logs. */
  readonly onLine: (line: string) => void;
}

export interface RunningSshd {
  readonly address: Address;
  /** Path of the file for `ssh -F`. */
  readonly clientConfig: string;
  /** Of the host key, as "SHA256:…". */
  readonly fingerprint: string;
  /** Ends sshd and its sessions. */
  stop(): Promise<void>;
}

const run = promisify(execFile);

/** @throws Problem if a program is missing, or sshd does not start */
export async function startSshd(options: SshdOptions): Promise<RunningSshd> {
  const { folder, address, instanceId, agent, ownName, onLine } = options;
  const sshd = programIn("sshd");
  const keygen = programIn("ssh-keygen");
  const isRoot = process.getuid?.() === 0;
  const at = address.port === 0 ? { ...address, port: await freePort(address.host) } : address;
  const [key, fingerprint] = await hostKey(keygen, join(folder, HOST_KEY));
  const commandUser = isRoot ? agent.user : ownName;
  const config = sshdConfig({ folder, address: at, command: agent.words, commandUser, isRoot });
  await writeFile(join(folder, FILES.config), config, { mode: 0o600 });
  await writeFile(join(folder, FILES.clientConfig), clientConfig(folder, at, instanceId));
  await writeFile(join(folder, FILES.knownHosts), knownHosts(instanceId, key));
  // sshd as root refuses to start without it. A service manager makes it, but only for its own sshd.
  if (isRoot) await mkdir("/run/sshd", { recursive: true, mode: 0o755 });
  const child = await listening(sshd, join(folder, FILES.config), onLine);
  return {
    address: at,
    clientConfig: join(folder, FILES.clientConfig),
    fingerprint,
    async stop() {
      await ended(child);
      await Promise.all(Object.values(FILES).map((file) => rm(join(folder, file), { force: true })));
    },
  };
}

/** Starts sshd, and waits until it listens. Detached: Ctrl-C in a terminal is for the simulator, which then ends sshd. */
function listening(sshd: string, config: string, onLine: (line: string) => void): Promise<ChildProcess> {
  const child = spawn(sshd, ["-D", "-e", "-f", config], { stdio: ["ignore", "ignore", "pipe"], detached: true });
  resetPriority(child.pid);
  const said: string[] = [];
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stderr }).on("line", (line) => {
      if (said.length < MAX_SAID) said.push(line);
      onLine(line);
      if (/^Server listening on /.test(line)) resolve(child);
    });
    child.once("error", (error) => reject(new Problem(`cannot run ${sshd}: ${error.message}`, "start without --sshd")));
    child.once("exit", () => {
      const why = said.at(-1) ?? "it logs nothing";
      reject(new Problem(`sshd does not start: ${why}`, "name another ADDRESS:PORT with --sshd"));
    });
  });
}

/** Lines of sshd that are kept for an error message. */
const MAX_SAID = 20;

/** Ends sshd, its sessions, and the programs that run in them. */
async function ended(child: ChildProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  const gone = child.exitCode !== null || child.signalCode !== null;
  const exit = gone ? Promise.resolve() : new Promise((resolve) => child.once("exit", resolve));
  const all = gone ? [] : [pid, ...descendantsOf(pid)];
  for (const one of all) terminate(one);
  await exit;
  for (let tries = 0; tries < MAX_TRIES && all.some(isAlive); tries += 1) await after(PAUSE);
  // A program that ignores SIGTERM may hold it open.
  child.stderr?.destroy();
}

/** Times that the end of the sessions' programs is looked for, and milliseconds between: two seconds. */
const MAX_TRIES = 100;
const PAUSE = 20;

function terminate(pid: number): void {
  try {
    process.kill(pid, "SIGTERM");
  } catch {
    // ESRCH: it has ended by itself.
  }
}

/** Makes a host key if there is none. @returns its public key without the comment, and its fingerprint */
async function hostKey(keygen: string, path: string): Promise<[string, string]> {
  if (!existsSync(path)) await run(keygen, ["-q", "-t", "ed25519", "-N", "", "-C", "eic-simulator", "-f", path]);
  const [type = "", blob = ""] = (await readFile(`${path}.pub`, "utf8")).split(" ");
  const { stdout } = await run(keygen, ["-l", "-f", `${path}.pub`]);
  return [`${type} ${blob}`, stdout.split(" ")[1] ?? ""];
}

/** Returns the path of a program. sshd is in a folder that an ordinary user's PATH does not have. */
function programIn(name: string): string {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin", "/sbin"];
  const found = folders.filter((folder) => folder.startsWith("/")).map((folder) => join(folder, name));
  const path = found.find((one) => existsSync(one));
  if (path === undefined)
    throw new Problem(`there is no ${name}`, "install OpenSSH (Debian: openssh-server), or start without --sshd");
  return path;
}

/** Returns a port that is free now. sshd cannot choose one itself. */
function freePort(host: string): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once("error", (error) =>
      reject(new Problem(`cannot listen on ${host}: ${error.message}`, "name another ADDRESS:PORT with --sshd")),
    );
    server.listen({ host, port: 0 }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
