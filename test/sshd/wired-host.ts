/**
 * A host in a private namespace whose sshd the built program configures: a real sshd, with the test's files and units. If a
 * test needs systemd, our own systemctl replaces it, which records each request and performs it on the real sshd.
 */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import { type Namespace, openNamespace, PROGRAMS } from "../support/namespace.ts";
import type { Finished } from "../support/namespace-run.ts";
import { makeAccounts } from "../support/sshd-accounts.ts";

export const AWS = "/usr/share/ec2-instance-connect/eic_run_authorized_keys";
const FAKE = "/etc/systemctl-of-the-test";
/** Paths that enable and disable may change. */
const WATCHED = ["/etc/ssh", "/etc/systemd", "/etc/group", "/etc/gshadow"];

/** Files by path; `-> target` is a link. A file whose path begins with `-` is removed. */
export type Files = Readonly<Record<string, string>>;

export interface WiredHost {
  readonly namespace: Namespace;
  /** Resets the host to its initial state: sshd's folder has these files and no others, and there are only these units. */
  lay(files: Files): void;
  sshd(...words: readonly string[]): Promise<Finished>;
  /** Returns one check of `eic-agent doctor`. */
  doctor(check: string): Promise<unknown>;
  /** Returns modes and contents of everything that may change. */
  tree(): Record<string, string>;
  /** Two lines of `sshd -T`: the command and its user. */
  inForce(...words: readonly string[]): Promise<{ command: string; user: string }>;
  /** Returns the requests to systemctl, except `show`. */
  asked(): string[];
  /** Makes systemd the init system, with these units. Properties are in the form that `systemctl show` prints. */
  systemd(units: Readonly<Record<string, string>>): void;
  /** Starts sshd, which becomes a daemon, and returns its PID. */
  start(...words: readonly string[]): Promise<number>;
  stop(): Promise<void>;
  /** Replaces a program with `script` while `work` runs. Undefined: a file that cannot be run. */
  instead(program: string, script: string | undefined, work: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** Records its words. `show` prints /run/units/UNIT; reload and try-restart act on the real sshd as systemd does. */
const SYSTEMCTL = `#!/bin/sh
if [ "$1" = show ]; then
  shift 2
  for unit; do
    echo "Id=$unit"
    if [ -e "/run/units/$unit" ]; then cat "/run/units/$unit"; else echo ActiveState=inactive; fi
    case $unit in ssh.service) echo "MainPID=$(cat /run/sshd.pid 2>/dev/null || echo 0)" ;; *) echo MainPID=0 ;; esac
    echo
  done
  exit 0
fi
echo "$*" >>/run/asked
if [ "$1" = "$(cat /run/refuses 2>/dev/null)" ]; then
  if [ "$1" = try-restart ]; then kill "$(cat /run/sshd.pid)"; fi
  printf 'Job for %s failed.\\nSee "systemctl status".\\n' "$2" >&2
  exit 1
fi
if [ "$1" = reload ] && [ -e /run/reload-ends-it ]; then
  old=$(cat /run/sshd.pid)
  kill "$old"
  while [ -e "/proc/$old" ]; do sleep 0.01; done
  exit 0
fi
case $1 in
  start) setsid /usr/sbin/sshd >/dev/null 2>&1 </dev/null ;;
  reload) kill -HUP "$(cat /run/sshd.pid)" ;;
  try-restart)
    old=$(cat /run/sshd.pid)
    kill "$old"
    while [ -e "/proc/$old" ]; do sleep 0.01; done
    setsid /usr/sbin/sshd >/dev/null 2>&1 </dev/null ;;
esac
`;

export async function openWiredHost(): Promise<WiredHost> {
  const namespace = await openNamespace();
  try {
    makeAccounts(namespace);
    namespace.write(
      "/etc/gshadow",
      readFileSync(namespace.outside("/etc/group"), "utf8").replace(/:x:\d+:/g, ":*::"),
      0o600,
    );
    // Hide what this system's packages say about sshd and its services.
    namespace.write(FAKE, SYSTEMCTL, 0o755);
    namespace.write("/etc/policy-of-the-test", '#!/bin/sh\nexit "$(cat /run/policy 2>/dev/null || echo 104)"\n', 0o755);
    for (const folder of ["/usr/lib/systemd/system", "/usr/share", "/usr/local"]) {
      await namespace.mustRun(["mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", folder]);
    }
    for (const [mine, theirs] of [
      [FAKE, "/usr/bin/systemctl"],
      ["/etc/policy-of-the-test", "/usr/sbin/policy-rc.d"],
    ]) {
      if (mine === undefined || theirs === undefined) continue;
      const there = existsSync(theirs);
      const place = there ? theirs : `/usr/local/bin/${theirs.split("/").at(-1)}`;
      await namespace.mustRun(["mkdir", "-p", "/usr/local/bin"]);
      await namespace.mustRun(there ? ["mount", "--bind", mine, place] : ["cp", mine, place]);
    }
    await namespace.mustRun(["mkdir", "-p", "/usr/share/ec2-instance-connect", "/usr/local/libexec"]);
    await namespace.mustRun(["sh", "-c", `printf '#!/bin/sh\\n' >${AWS}; chmod 755 ${AWS}`]);
    mkdirSync(namespace.outside("/etc/ssh"));
    await namespace.mustRun(["ssh-keygen", "-A"]);
  } catch (error) {
    await namespace.close();
    throw error;
  }
  const keys = readdirSync(namespace.outside("/etc/ssh")).map(
    (name) => [name, readFileSync(namespace.outside(`/etc/ssh/${name}`))] as const,
  );
  const group = readFileSync(namespace.outside("/etc/group"), "utf8");

  return {
    namespace,
    lay(files) {
      for (const path of [
        "/etc/ssh",
        "/etc/systemd",
        "/run/asked",
        "/run/units",
        "/run/systemd",
        "/run/policy",
        "/run/refuses",
        "/run/reload-ends-it",
      ])
        rmSync(namespace.outside(path), { recursive: true, force: true });
      for (const [name, key] of keys)
        namespace.write(`/etc/ssh/${name}`, key.toString("latin1"), /\.pub$/.test(name) ? 0o644 : 0o600);
      namespace.write("/etc/group", group);
      mkdirSync(namespace.outside("/etc/ssh/sshd_config.d"), { recursive: true });
      for (const [path, text] of Object.entries(files)) {
        const [, target] = /^-> (.*)$/.exec(text) ?? [];
        if (path.startsWith("-")) rmSync(namespace.outside(path.slice(1)), { recursive: true });
        else if (target !== undefined) symlinkSync(target, namespace.outside(path));
        else namespace.write(path, text);
      }
    },
    sshd: (...words) => namespace.run([`${PROGRAMS}/eic-agent.cjs`, "sshd", ...words]),
    async doctor(name) {
      const { stdout } = await namespace.run([`${PROGRAMS}/eic-agent.cjs`, "doctor", "--json"]);
      return (JSON.parse(stdout) as { checks: { check: string }[] }).checks.find(({ check }) => check === name);
    },
    tree: () =>
      Object.fromEntries(
        WATCHED.flatMap((path) =>
          walk(namespace.outside(path)).map(([at, what]) => [at.slice(namespace.outside("").length), what]),
        ),
      ),
    async inForce(...words) {
      const { stdout } = await namespace.mustRun(["sshd", "-T", ...words]);
      const value = (keyword: string) => new RegExp(`^${keyword} (.*)$`, "m").exec(stdout)?.[1] ?? "none";
      return { command: value("authorizedkeyscommand"), user: value("authorizedkeyscommanduser") };
    },
    asked() {
      const file = namespace.outside("/run/asked");
      return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
    },
    systemd(units) {
      mkdirSync(namespace.outside("/run/systemd/system"), { recursive: true });
      for (const [unit, properties] of Object.entries(units)) namespace.write(`/run/units/${unit}`, `${properties}\n`);
    },
    async start(...words) {
      await namespace.mustRun(["/usr/sbin/sshd", ...words]);
      return pid(namespace);
    },
    stop: async () => void (await namespace.mustRun(["sh", "-c", STOP])),
    async instead(program, script, work) {
      const file = `/etc/instead-of-${program.split("/").at(-1)}`;
      namespace.write(file, script ?? "", script === undefined ? 0o644 : 0o755);
      await namespace.mustRun(["mount", "--bind", file, program]);
      try {
        await work();
      } finally {
        await namespace.mustRun(["umount", program]);
      }
    },
    close: namespace.close,
  };
}

/** Stops the listener and waits until it has removed its pid file. */
const STOP = "kill $(cat /run/sshd.pid); while [ -e /run/sshd.pid ]; do sleep 0.01; done";

/** Waits for the pid file, which sshd writes after it has become a daemon. Returns the PID. */
async function pid(namespace: Namespace): Promise<number> {
  const { stdout } = await namespace.mustRun([
    "sh",
    "-c",
    "until [ -s /run/sshd.pid ]; do sleep 0.01; done; cat /run/sshd.pid",
  ]);
  return Number(stdout);
}

function walk(path: string): [string, string][] {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return [];
  const mode = `${(stats.mode & 0o7777).toString(8)} ${stats.uid}:${stats.gid}`;
  if (stats.isSymbolicLink()) return [[path, `-> ${readlinkSync(path)}`]];
  if (!stats.isDirectory()) return [[path, `${mode}\n${readFileSync(path, "latin1")}`]];
  return [
    [path, mode],
    ...readdirSync(path)
      .toSorted()
      .flatMap((name) => walk(join(path, name))),
  ];
}
