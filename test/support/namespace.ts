/**
 * An isolated part of this machine for one test file: separate namespaces for network, mounts and processes, and a root
 * folder in which only /usr and /proc are this system's. The metadata service's real address can be used there, even on
 * an EC2 instance, and /etc and /sys contain only test files. Nothing of the host is changed.
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
import { isRoot, programPath, unshareWords } from "../../tools/system.ts";
import { outputOf } from "./namespace-output.ts";
import { ENVIRONMENT, type Finished, mustRun, run } from "./namespace-run.ts";
import { writing } from "./namespace-write.ts";
import { assertBuilt, EXECUTABLE, isExecutable } from "./program.ts";

/** Folder of the programs under test, as a path inside the namespace. */
export const PROGRAMS = "/usr/libexec/eic-agent";
const ending = isExecutable ? "" : ".cjs";
export const AGENT = [`${PROGRAMS}/eic-agent${ending}`, "authorized-keys"] as const;
export const SIMULATOR = `${PROGRAMS}/eic-simulator${ending}`;
/** The program that sshd runs. */
export const DOOR = `${PROGRAMS}/authorized-keys`;

export const METADATA_V4 = "169.254.169.254";
export const METADATA_V6 = "fd00:ec2::254";

export interface Namespace {
  /** Runs a program inside until it exits. */
  run(words: readonly string[]): Promise<Finished>;
  /** Like `run`. @throws Error if the exit status is not 0 */
  mustRun(words: readonly string[]): Promise<Finished>;
  /** Starts a program inside; it ends at the latest when the namespace ends. */
  start(words: readonly string[]): ChildProcess;
  /** Returns the path outside for `path` inside. Not for paths under /usr or /dev. */
  outside(path: string): string;
  /** Writes a file inside and creates its folders; by default readable for all users (mode 644). */
  write(path: string, text: string, mode?: number): void;
  close(): Promise<void>;
}

/** Files and folders of this system's /etc that its programs need to start. */
const NEEDED_OF_ETC = [
  ...["ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "crypto-policies", "localtime"],
  // Python's requests, which botocore imports, opens the bundle of CA certificates when it is loaded: the paths of Debian
  // and Fedora.
  ...["ssl/certs/ca-certificates.crt", "pki/tls/certs/ca-bundle.crt"],
];

/**
 * @param addresses addresses of its loopback device in addition to 127.0.0.1 and ::1
 * @param warm a folder of programs, one of which sshd runs (warm-programs.ts); "": sshd runs the agent itself
 */
export async function openNamespace(addresses: readonly string[] = [METADATA_V4], warm = ""): Promise<Namespace> {
  assertBuilt();
  // Not os.tmpdir(): the path of a unix socket inside must stay below 108 bytes.
  const root = mkdtempSync("/tmp/eic-ns-");
  // The agent is not root and must be able to read these files, independent of the umask of the test run.
  process.umask(0o022);
  chmodSync(root, 0o755);
  for (const folder of ["etc", "run/sshd", "var/empty", "home", "root", "tmp"])
    mkdirSync(join(root, folder), { recursive: true });
  chmodSync(join(root, "root"), 0o700);
  chmodSync(join(root, "tmp"), 0o1777);
  for (const name of NEEDED_OF_ETC) {
    if (!existsSync(`/etc/${name}`)) continue;
    mkdirSync(dirname(join(root, "etc", name)), { recursive: true });
    // Links inside a folder are copied as links; an entry that is itself a link (Fedora's bundle) is copied as a file.
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

/** Returns a function that prefixes a command line so that it runs in the namespaces of the process `unshare`. */
function wordsToEnter(unshare: number | undefined): (words: readonly string[]) => string[] {
  const at = `/proc/${unshare}`;
  const user = isRoot() ? [] : ["--user", "--preserve-credentials"];
  // The root is explicit: if the tests run in a chroot, the mount namespace's root is a different one. The pid namespace
  // is that of unshare's children; unshare itself is not a member of it.
  const where = [`--root=${at}/root`, `--wd=${at}/root`, `--pid=${at}/ns/pid_for_children`];
  const nsenter = [programPath("nsenter") ?? "nsenter", `--target=${unshare}`, ...user, "--net", "--mount", ...where];
  return (words) => [...nsenter, "--", ...words];
}

/** Removes the folder that was `/` inside. Its mounts must never be visible to this process. @throws Error if they are */
function remove(root: string): void {
  if (readFileSync("/proc/self/mountinfo", "utf8").includes(root)) throw new Error(`${root} is mounted here`);
  rmSync(root, { recursive: true, force: true });
}
