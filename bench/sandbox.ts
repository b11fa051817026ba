/**
 * The environment in which relay and service run: a separate mount namespace, with settings, socket, slots and one-shot
 * program at the paths that the relay uses. The service is not started here. Requires root.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { compileRelay } from "../packaging/build/relay-compile.ts";
import { outputOf } from "../test/support/namespace-output.ts";
import { programPath } from "../tools/system.ts";
import { compileStopwatch, NATIVE } from "./stopwatch.ts";

/** User and group id with which sshd runs the relay, and systemd the service; not used on this host. */
export const AGENT_ID = 64_000;

/** Flags that the executable passes to its Node (packaging/build/single-executable.ts), and that suit a bundle too. */
const FLAGS = ["--jitless", "--disable-sigusr1", "--openssl-config=/dev/null"];

export interface Place {
  /** Command prefix that runs a program in the environment, as the user of relay and service. */
  readonly enter: readonly string[];
  /** Commands inside the environment. */
  readonly relay: string;
  readonly stopwatch: string;
  readonly service: readonly string[];
  /** Path of the service's socket, seen from outside. */
  readonly socket: string;
  /** Must be called only after everything inside has ended. */
  close(): Promise<void>;
}

/**
 * @param folder readable by all users; its etc/eic-agent contains the settings
 * @param executable if undefined, service and one-shot program run from the bundle
 */
export async function openPlace(folder: string, executable: string | undefined): Promise<Place> {
  for (const name of ["bin", "programs", "run/eic-agent/slots"]) mkdirSync(join(folder, name), { recursive: true });
  laySlots(join(folder, "run/eic-agent/slots"));
  compileRelay(NATIVE, join(folder, "bin/relay"));
  compileStopwatch(join(folder, "bin/stopwatch"));
  if (executable === undefined) layBundle(join(folder, "bin"));
  const programs = executable === undefined ? ["node", process.execPath] : ["eic-agent", resolve(executable)];

  const words = ["--mount", "--propagation", "private", "sh", join(import.meta.dirname, "sandbox.sh"), folder];
  const holder = spawn(programPath("unshare") ?? "unshare", [...words, ...programs]);
  const ended = once(holder, "exit");
  await outputOf("sandbox.sh", holder.stdout, holder.stderr).line(/^ready$/);
  const nsenter = programPath("nsenter") ?? "nsenter";
  const agent = "/usr/bin/eic-agent";
  return {
    enter: [nsenter, `--mount=/proc/${holder.pid}/ns/mnt`, `--setuid=${AGENT_ID}`, `--setgid=${AGENT_ID}`, "--"],
    relay: "/usr/bin/relay",
    stopwatch: "/usr/bin/stopwatch",
    service: executable === undefined ? ["/usr/bin/node", ...FLAGS, `${agent}.cjs`, "serve"] : [agent, "serve"],
    socket: join(folder, "run/eic-agent/authorized-keys.sock"),
    async close() {
      holder.stdin.end();
      await ended;
    },
  };
}

/** Creates the slots as tmpfiles.d does. */
function laySlots(folder: string): void {
  for (const slot of ["0", "1", "2", "3"]) {
    const path = join(folder, slot);
    writeFileSync(path, "");
    chmodSync(path, 0o640);
    chownSync(path, 0, AGENT_ID);
  }
  chmodSync(folder, 0o750);
  chownSync(folder, 0, AGENT_ID);
}

/** Installs the bundle as a package would if it contained bundles. */
function layBundle(folder: string): void {
  for (const name of readdirSync("dist").filter((name) => /^eic-agent.*\.cjs$/.test(name))) {
    cpSync(join("dist", name), join(folder, name));
  }
  const main = join(folder, "eic-agent.cjs");
  writeFileSync(main, readFileSync(main, "utf8").replace(/^#!.*/, "#!/usr/bin/node"));
  chmodSync(main, 0o755);
  symlinkSync("eic-agent.cjs", join(folder, "eic-agent"));
}
