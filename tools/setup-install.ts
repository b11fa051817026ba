/**
 * Installs packages on Debian and Ubuntu so that nothing is started: a newcomer who runs the tests must not find
 * port 22 open, neither now (policy-rc.d) nor after the next boot (Debian's own sshd_not_to_be_run).
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Asked by maintainer scripts before they start or stop anything (invoke-rc.d(8)); 101: forbidden. */
const POLICY = "/usr/sbin/policy-rc.d";
const POLICY_TEXT = "#!/bin/sh\n# Laid by eic-agent's set-up for as long as it installs packages.\nexit 101\n";

/** ssh.service and ssh.socket have it as a condition, and the init script asks for it. */
export const SSHD_NOT_TO_BE_RUN = "/etc/ssh/sshd_not_to_be_run";
const NOT_TO_BE_RUN_TEXT =
  "openssh-server was installed for the tests of eic-agent, which start an sshd of their own.\n" +
  "Remove this file to have the system's sshd start.\n";

/**
 * @param packages names of Debian packages
 * @throws Error with what apt-get said
 */
export async function install(packages: readonly string[]): Promise<void> {
  const ours = lay(POLICY, POLICY_TEXT, 0o755);
  if (packages.includes("openssh-server")) lay(SSHD_NOT_TO_BE_RUN, NOT_TO_BE_RUN_TEXT, 0o644);
  let interrupted: NodeJS.Signals | undefined;
  const note = (signal: NodeJS.Signals) => {
    interrupted = signal;
  };
  for (const signal of SIGNALS) process.on(signal, note);
  try {
    const words = ["install", "--yes", "--no-install-recommends", ...packages];
    const first = await aptGet(words);
    if (first.status !== 0 && interrupted === undefined) {
      // Lists that are missing or old: both look like a package that cannot be had.
      await aptGet(["update"]);
      const second = await aptGet(words);
      if (second.status !== 0) throw new Error(`apt-get ${words.join(" ")}: ${second.said.trim()}`);
    }
  } finally {
    for (const signal of SIGNALS) process.off(signal, note);
    if (ours) rmSync(POLICY, { force: true });
  }
  if (interrupted !== undefined) process.kill(process.pid, interrupted);
}

/** Waited out, so that what was laid is taken away again; apt-get itself gets a Ctrl-C as well. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** @returns whether it is ours to take away: new, or left behind by a run of ours that was killed */
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
