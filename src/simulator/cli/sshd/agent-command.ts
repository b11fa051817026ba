/**
 * The agent as an AuthorizedKeysCommand: the bundle beside the simulator's, else the installed program. sshd runs only a
 * program that belongs to root, in folders that only root can write; a bundle in a user's checkout runs through env(1).
 */
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** Installed by the packages. */
const INSTALLED = "/usr/bin/eic-agent";
const ENV = "/usr/bin/env";

export interface AgentCommand {
  readonly words: readonly [string, ...string[]];
  /** The user that sshd runs it as, if sshd belongs to root. */
  readonly user: "nobody" | "root";
}

/**
 * @param script the script that Node runs: argv[1]
 * @param config the settings file for the agent
 * @returns undefined if there is no agent
 */
export function agentCommand(script: string, config: string): AgentCommand | undefined {
  const bundle = join(dirname(resolve(script)), "eic-agent.cjs");
  const asked = ["authorized-keys", "--config", config];
  if (existsSync(bundle)) {
    const { execPath } = process;
    const isOpen = [execPath, bundle, config].every(isReadableByAll);
    return { words: [ENV, execPath, bundle, ...asked], user: isOpen ? "nobody" : "root" };
  }
  return isExecutable(INSTALLED) ? { words: [INSTALLED, ...asked], user: "nobody" } : undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Checks whether every user can read a file: its folders must have x for others, the file r. A link leads elsewhere. */
function isReadableByAll(path: string): boolean {
  const folders: string[] = [];
  for (let at = dirname(path); ; at = dirname(at)) {
    folders.push(at);
    if (at === dirname(at)) break;
  }
  return (statSync(path).mode & 0o004) !== 0 && folders.every((folder) => (statSync(folder).mode & 0o001) !== 0);
}
