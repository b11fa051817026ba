/**
 * Installs packages on Debian and Ubuntu without starting a service: running the tests must not open a port on a newcomer's
 * machine, neither now (policy-rc.d) nor after the next boot (Debian's own sshd_not_to_be_run; services are disabled).
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Called by maintainer scripts before they start or stop a service (invoke-rc.d(8)); exit status 101 forbids it. */
const POLICY = "/usr/sbin/policy-rc.d";
const POLICY_TEXT = "#!/bin/sh\n# Laid by eic-agent's set-up for as long as it installs packages.\nexit 101\n";

/** If it exists, sshd does not start: it is a condition of ssh.service and ssh.socket, and the init script checks it. */
export const SSHD_NOT_TO_BE_RUN = "/etc/ssh/sshd_not_to_be_run";
const SSHD = "/usr/sbin/sshd";
const NOT_TO_BE_RUN_TEXT =
  "openssh-server was installed for the tests of eic-agent, which start an sshd of their own.\n" +
  "Remove this file to have the system's sshd start.\n";

/** Checks whether this machine's sshd does not start because of a file that this set-up created, now or earlier. */
export const keepsSshdOff = (path = SSHD_NOT_TO_BE_RUN): boolean =>
  existsSync(path) && readFileSync(path, "utf8") === NOT_TO_BE_RUN_TEXT;

/**
 * Returns all packages that installing these would install, according to apt. Nothing is changed except apt's lists, if
 * they are missing or old.
 * @throws Error with the output of apt-get
 */
export async function planOf(packages: readonly string[]): Promise<string[]> {
  const words = ["--simulate", ...INSTALL, ...packages];
  const first = await aptGet(words);
  if (first.status === 0) return installedBy(first.said);
  await aptGet(["update"]);
  const { status, said } = await aptGet(words);
  if (status !== 0) throw new Error(`apt-get ${words.join(" ")}: ${said.trim()}`);
  return installedBy(said);
}

/** Returns the names in lines such as "Inst openssh-client (1:9.2p1-2+deb12u7 Debian:12.12/oldstable [amd64])". */
export const installedBy = (said: string): string[] =>
  [...said.matchAll(/^Inst (\S+)/gm)].map(([, name = ""]) => name).toSorted();

const INSTALL = ["install", "--yes", "--no-install-recommends"] as const;

/** Packages of which only a program is used, and the services that they would start at each boot. */
const SERVICES: Readonly<Record<string, string>> = { prometheus: "prometheus" };

/**
 * @param packages names of Debian packages
 * @throws Error with the output of apt-get
 */
export async function install(packages: readonly string[]): Promise<void> {
  const ours = lay(POLICY, POLICY_TEXT, 0o755);
  const closes = packages.includes("openssh-server") && lay(SSHD_NOT_TO_BE_RUN, NOT_TO_BE_RUN_TEXT, 0o644);
  let interrupted: NodeJS.Signals | undefined;
  const note = (signal: NodeJS.Signals) => {
    interrupted = signal;
  };
  for (const signal of SIGNALS) process.on(signal, note);
  try {
    const words = [...INSTALL, ...packages];
    const first = await aptGet(words);
    if (first.status !== 0 && interrupted === undefined) {
      // If apt's lists are missing or old, apt reports a package as unavailable.
      await aptGet(["update"]);
      const second = await aptGet(words);
      if (second.status !== 0) throw new Error(`apt-get ${words.join(" ")}: ${second.said.trim()}`);
    }
  } finally {
    for (const signal of SIGNALS) process.off(signal, note);
    if (ours) rmSync(POLICY, { force: true });
    // sshd was not installed: an openssh-server that is installed later must start.
    if (closes && !existsSync(SSHD)) rmSync(SSHD_NOT_TO_BE_RUN, { force: true });
  }
  for (const name of packages) {
    const service = SERVICES[name];
    // update-rc.d(8) supports systemd, too.
    if (service !== undefined) spawnSync("update-rc.d", [service, "disable"], { stdio: "ignore" });
  }
  if (interrupted !== undefined) process.kill(process.pid, interrupted);
}

/** Signals that take effect only after the temporary files have been removed; apt-get itself also receives a Ctrl-C. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** @returns whether the caller must remove the file: it is new, or an earlier run that was killed left it behind */
function lay(path: string, text: string, mode: number): boolean {
  if (existsSync(path)) return readFileSync(path, "utf8") === text;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode, flag: "wx" });
  return true;
}

function aptGet(words: readonly string[]): Promise<{ status: number | null; said: string }> {
  const options = ["-qq", "-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Options::=--force-confold"];
  const child = spawn("apt-get", [...options, ...words], {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive", NEEDRESTART_SUSPEND: "1", LC_ALL: "C.UTF-8" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (said += text));
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number | null; said: string }>();
  child.once("error", reject);
  child.once("close", (status) => resolve({ status, said }));
  return promise;
}
