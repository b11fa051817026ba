/**
 * A host in a private namespace whose sshd the built program wires: real sshd, its files and units as a test puts them, and
 * where a test wants systemd, a systemctl of our own in its place that notes what it is asked and does it to the real sshd.
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
/** What enable and disable may change. */
const WATCHED = ["/etc/ssh", "/etc/systemd", "/etc/group", "/etc/gshadow"];

/** Files by path; of a link, `-> target`. A path that begins with `-` is one that is not there. */
export type Files = Readonly<Record<string, string>>;

export interface WiredHost {
  readonly namespace: Namespace;
  /** The host as it is before anything: sshd's folder with these files and no others, no units but these. */
  lay(files: Files): void;
  sshd(...words: readonly string[]): Promise<Finished>;
  /** One check of `eic-agent doctor`. */
  doctor(check: string): Promise<unknown>;
  /** Everything there is: modes and contents. */
  tree(): Record<string, string>;
  /** Two lines of `sshd -T`: the command and its user. */
  inForce(...words: readonly string[]): Promise<{ command: string; user: string }>;
  /** What systemctl was asked to do, beside showing. */
  asked(): string[];
  /** systemd is the system's here, and has these units, with properties as `systemctl show` has them. */
  systemd(units: Readonly<Record<string, string>>): void;
  /** Starts sshd, which makes itself a daemon, and hands back its process. */
  start(...words: readonly string[]): Promise<number>;
  stop(): Promise<void>;
  /** Puts another program in the place of one, for as long as `work` takes; undefined: nothing that can be run. */
  instead(program: string, script: string | undefined, work: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** Notes its words; `show` tells of /run/units/UNIT, reload and try-restart do what systemd does, to the real sshd. */
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
    // What packages of this system say of sshd and its services is not to be seen.
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

/** Ends the listener, and waits until it has: it takes its pid file away. */
const STOP = "kill $(cat /run/sshd.pid); while [ -e /run/sshd.pid ]; do sleep 0.01; done";

/** sshd is a daemon before it has written its number. */
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
