/** Examines SELinux without root: whether it enforces, whether it knows eic-agent's types, how the programs are labelled. */
import { closeSync, existsSync, openSync, readFileSync, statSync, writeSync } from "node:fs";
import { codeOf } from "../../errno.ts";
import { AGENT_PATH, RELAY_PATH } from "../../host/installed-paths.ts";
import type { Exec } from "../../sshd/inspect/exec.ts";
import type { ConfinementFacts } from "../check/confinement.ts";

/** The kernel's own files; tests pass another folder. */
const SELINUX = "/sys/fs/selinux";

/** Path of the module in the packages: the deb eic-agent, the rpm eic-agent-selinux. */
const MODULE = "/usr/share/selinux/packages/eic_agent.cil";

/** sshd's command, and the program that it becomes, at the paths in the packages. */
const PROGRAMS = [RELAY_PATH, AGENT_PATH];

/**
 * Reads the state of SELinux.
 * @param programs for stat(1)
 * @param folder the kernel's files
 * @param paths eic-agent's programs whose labels matter; those that are not installed are skipped
 */
export async function lookAtSelinux(
  programs: Exec,
  folder = SELINUX,
  paths: readonly string[] = PROGRAMS,
  policyFile = MODULE,
): Promise<Pick<ConfinementFacts, "selinux" | "module" | "policyFile" | "labels">> {
  const enforce = enforcing(folder);
  if (enforce === undefined) return { selinux: undefined };
  return {
    selinux: enforce ? "enforcing" : "permissive",
    module: ourModule(folder),
    policyFile: existsSync(policyFile) ? policyFile : undefined,
    labels: await labelsOf(paths, programs),
  };
}

function enforcing(folder: string): boolean | undefined {
  try {
    return readFileSync(`${folder}/enforce`, "latin1").startsWith("1");
  } catch {
    return undefined;
  }
}

/**
 * Asks the kernel whether a label with eic-agent's type would be valid (libselinux: security_check_context). Every user may
 * ask, and it changes nothing. `semodule -l` would need root, and reports what is stored, not what is loaded.
 */
function ourModule(folder: string): ConfinementFacts["module"] {
  let fd: number | undefined;
  try {
    fd = openSync(`${folder}/context`, "r+");
    writeSync(fd, "system_u:object_r:eic_agent_exec_t:s0\0");
    return "loaded";
  } catch (error) {
    return codeOf(error) === "EINVAL" ? "missing" : undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/**
 * Reads labels with stat(1), because Node cannot read extended attributes. If a path is a link, its target's label counts.
 */
async function labelsOf(paths: readonly string[], programs: Exec): Promise<Record<string, string>> {
  const stat = programs.find("stat");
  if (stat === undefined) return {};
  const asked = paths.filter(isThere).map(async (path) => {
    const { status, stdout } = await programs.run(stat, ["--dereference", "--format=%C", path]);
    const type = status === 0 ? stdout.trim().split(":")[2] : undefined;
    return type === undefined ? [] : [[path, type] as const];
  });
  return Object.fromEntries((await Promise.all(asked)).flat());
}

const isThere = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;
