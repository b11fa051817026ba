/** What this system permits: programs on its PATH, root, namespaces, terminals, its version of systemd. */
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Returns the path of a program. An ordinary user's PATH often lacks the sbin folders, so these are searched too. */
export function programPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter).concat("/usr/local/sbin", "/usr/sbin", "/sbin");
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export const isRoot = (): boolean => process.geteuid?.() === 0;

/** Returns the command that opens private process, mount and network namespaces, which end with their first process. */
export function unshareWords(): string[] {
  const user = isRoot() ? [] : ["--user", "--map-root-user"];
  const spaces = ["--mount", "--net", "--pid", "--fork", "--mount-proc", "--propagation", "private"];
  return [programPath("unshare") ?? "unshare", ...user, ...spaces, "--kill-child"];
}

/** Checks systemd's version: `systemd-analyze security --offline` exists since 250. */
export function oldSystemd(): string | undefined {
  const { stdout } = spawnSync(programPath("systemd-analyze") ?? "systemd-analyze", ["--version"], {
    encoding: "utf8",
  });
  const [, version = "0"] = /^systemd (\d+)/.exec(stdout ?? "") ?? [];
  return Number(version) >= 250 ? undefined : `systemd ${version}, it takes 250`;
}

/** Tries to open a pseudo-terminal: a container may have none, or none left. */
export function terminalRefused(): string | undefined {
  const { status, stderr, error } = spawnSync(programPath("script") ?? "script", ["-qec", "true", "/dev/null"], {
    encoding: "utf8",
    stdio: ["ignore", "ignore", "pipe"],
  });
  if (status === 0) return undefined;
  return `no pseudo-terminal here (${error?.message ?? (stderr.trim().split("\n")[0] || `script ended with ${status}`)})`;
}

/** Tries to open namespaces: permission depends on kernel settings, on AppArmor, and on the surrounding container. */
export function namespacesRefused(): string | undefined {
  const [program = "", ...words] = unshareWords();
  const ip = programPath("ip") ?? "ip";
  const attempt = `mount -t tmpfs tmpfs /mnt && ${ip} link set lo up`;
  const { status, stderr } = spawnSync(program, [...words, "sh", "-c", attempt], { encoding: "utf8" });
  if (status === 0) return undefined;
  const said = stderr?.trim().split("\n")[0] ?? "";
  return `no private namespaces here (${said})${isRoot() ? "; in a container they take --privileged" : ""}`;
}

/** Tries to mount a binfmt_misc of a user namespace's own, which Linux permits since 6.7. */
export function registrationRefused(): string | undefined {
  const attempt = ["--user", "--map-root-user", "--mount", "mount", "-t", "binfmt_misc", "binfmt_misc", "/mnt"];
  const { status, stderr } = spawnSync(programPath("unshare") ?? "unshare", attempt, { encoding: "utf8" });
  if (status === 0) return undefined;
  return `no private binfmt_misc here, it takes Linux 6.7 (${stderr?.trim().split("\n")[0] ?? ""})`;
}
