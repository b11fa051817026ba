/**
 * A private corner of this machine for one test file: namespaces of its own for network, mounts and processes, and a
 * root folder in which only /usr and /proc are this system's. The metadata service's real address can be used
 * there, on an EC2 instance too, and /etc and /sys hold what a test puts there. Nothing of the host is changed.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { isRoot, programPath, unshareWords } from "../../tools/requirements.ts";
import { outputOf } from "./namespace-output.ts";
import { ENVIRONMENT, type Finished, mustRun, run } from "./namespace-run.ts";
import { writing } from "./namespace-write.ts";
import { assertBuilt, EXECUTABLE, isExecutable } from "./program.ts";

/** Where the programs under test lie inside. */
export const PROGRAMS = "/usr/libexec/eic-agent";
const ending = isExecutable ? "" : ".cjs";
export const AGENT = [`${PROGRAMS}/eic-agent${ending}`, "authorized-keys"] as const;
export const SIMULATOR = `${PROGRAMS}/eic-simulator${ending}`;
/** The door that sshd uses. */
export const DOOR = `${PROGRAMS}/authorized-keys`;

export const METADATA_V4 = "169.254.169.254";
export const METADATA_V6 = "fd00:ec2::254";

export interface Namespace {
  /** Runs a program inside to its end. */
  run(words: readonly string[]): Promise<Finished>;
  /** The same, and anything but exit status 0 is an Error. */
  mustRun(words: readonly string[]): Promise<Finished>;
  /** Starts a program inside; it ends with the namespace at the latest. */
  start(words: readonly string[]): ChildProcess;
  /** Where, seen from outside, `path` lies. Only for what is neither under /usr nor under /dev. */
  outside(path: string): string;
  /** Writes a file inside, its folders with it; readable for all, as mode 644. */
  write(path: string, text: string, mode?: number): void;
  close(): Promise<void>;
}

/** Of this system's /etc: what its programs need in order to start. */
const NEEDED_OF_ETC = [
  ...["ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "crypto-policies", "localtime"],
  // Python's requests, which botocore imports, opens the bundle of CA certificates when it is loaded: as Debian and as
  // Fedora have it.
  ...["ssl/certs/ca-certificates.crt", "pki/tls/certs/ca-bundle.crt"],
];

/**
 * @param addresses what its loopback device answers to, beside 127.0.0.1 and ::1
 * @param warm a folder of programs that sshd's door is one of (warm-programs.ts); "": the door is the agent itself
 */
export async function openNamespace(addresses: readonly string[] = [METADATA_V4], warm = ""): Promise<Namespace> {
  assertBuilt();
  // Not os.tmpdir(): the path of a unix socket inside must stay below 108 bytes.
  const root = mkdtempSync("/tmp/eic-ns-");
  // Others have to read what is made here, whatever the person who runs this has as umask: the agent is not root.
  process.umask(0o022);
  chmodSync(root, 0o755);
  for (const folder of ["etc", "run/sshd", "var/empty", "home", "root", "tmp"])
    mkdirSync(join(root, folder), { recursive: true });
  chmodSync(join(root, "root"), 0o700);
  chmodSync(join(root, "tmp"), 0o1777);
  for (const name of NEEDED_OF_ETC) {
    if (!existsSync(`/etc/${name}`)) continue;
    mkdirSync(dirname(join(root, "etc", name)), { recursive: true });
    // A folder keeps its links as they are; what is a link itself (Fedora's bundle) is wanted as a file.
    const from = statSync(`/etc/${name}`).isDirectory() ? `/etc/${name}` : realpathSync(`/etc/${name}`);
    cpSync(from, join(root, "etc", name), { recursive: true, verbatimSymlinks: true });
  }

  const script = resolve(import.meta.dirname, "namespace.sh");
  const executable = isExecutable ? EXECUTABLE : "";
  const given = [root, process.execPath, resolve("dist"), executable, warm, ...addresses];
  const [program = "", ...rest] = [...unshareWords(), "sh", script, ...given];
  const init = spawn(program, rest, { env: ENVIRONMENT, stdio: ["pipe", "pipe", "pipe"] });
  const ended = once(init, "exit");
  const close = async () => {
    init.stdin.end();
    await ended;
    remove(root);
  };
  try {
    await outputOf("namespace.sh", init.stdout, init.stderr).line(/^ready$/);
  } catch (error) {
    await close();
    throw error;
  }

  const inside = wordsToEnter(init.pid);
  const outside = (path: string) => join(root, path);
  return {
    run: (given) => run(inside(given)),
    mustRun: (given) => mustRun(inside(given)),
    start(given) {
      const [nsenter = "", ...others] = inside(given);
      return spawn(nsenter, others, { env: ENVIRONMENT, stdio: ["ignore", "pipe", "pipe"] });
    },
    outside,
    write: writing(outside),
    close,
  };
}

/** What stands before a program and its arguments, so that it is run in the namespaces of `unshare`. */
function wordsToEnter(unshare: number | undefined): (words: readonly string[]) => string[] {
  const at = `/proc/${unshare}`;
  const user = isRoot() ? [] : ["--user", "--preserve-credentials"];
  // The root is named: where all this runs in a chroot, the namespace's own root is another one. And of the process
  // namespace unshare itself is no member, only its children are.
  const where = [`--root=${at}/root`, `--wd=${at}/root`, `--pid=${at}/ns/pid_for_children`];
  const nsenter = [programPath("nsenter") ?? "nsenter", `--target=${unshare}`, ...user, "--net", "--mount", ...where];
  return (words) => [...nsenter, "--", ...words];
}

/** Removes the folder that was `/` inside. What was mounted on it never was for this process; if it were, stop. */
function remove(root: string): void {
  if (readFileSync("/proc/self/mountinfo", "utf8").includes(root)) throw new Error(`${root} is mounted here`);
  rmSync(root, { recursive: true, force: true });
}
