/**
 * Prepares the system for the tests, the demo and the package builds. If permitted (root on Debian or Ubuntu, and no
 * EIC_NO_INSTALL=1), it announces the missing packages and their purpose, and installs them. Otherwise it prints the one
 * command that does so.
 */
import { readFileSync } from "node:fs";
import { folded, foldedCommand } from "./folded.ts";
import { missingPackages, NEEDS, type Need } from "./requirements.ts";
import { install, keepsSshdOff, planOf, SSHD_NOT_TO_BE_RUN } from "./setup-install.ts";
import { isRoot, programPath } from "./system.ts";

/** Passed to the scripts that a script starts, so that the notice about this machine is printed once in a run. */
const TOLD = "EIC_SSHD_OFF_TOLD";

/**
 * @param say prints a line for the user
 * @param needs the needs to meet, as from needsOf()
 * @param columns maximum columns of a line
 */
export async function prepare(say: (line: string) => void, needs: readonly Need[], columns = 80): Promise<void> {
  const tell = (text: string) => {
    for (const line of folded(text, columns)) say(line);
  };
  const family = isDebian() ? "deb" : "rpm";
  const packages = missingPackages(family, needs);
  if (packages.length > 0) {
    if (isDebian() && isRoot() && process.env.EIC_NO_INSTALL !== "1") await installAll(tell, needs, packages);
    else {
      tell(`not installed: ${packages.join(", ")}; this does it:`);
      for (const line of foldedCommand(command(packages), columns - 2)) say(`  ${line}`);
    }
  }
  if (process.env[TOLD] !== "1" && keepsSshdOff()) {
    process.env[TOLD] = "1";
    tell(
      `This machine's own sshd does not start as long as ${SSHD_NOT_TO_BE_RUN} exists, which was laid when ` +
        "openssh-server was installed for these tests. If it is to start:",
    );
    say(`  rm ${SSHD_NOT_TO_BE_RUN}`);
  }
}

async function installAll(tell: (text: string) => void, needs: readonly Need[], packages: string[]): Promise<void> {
  try {
    await announce(tell, needs, packages);
    await install(packages);
  } catch {
    // A package that this system does not have (Ubuntu 24.04: awscli) must not prevent the others.
    for (const one of packages) {
      try {
        await announce(tell, needs, [one]);
        await install([one]);
      } catch (error) {
        tell(`could not install ${one}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
}

/** Announces the packages to be installed on this machine, and their purpose, before the installation. */
async function announce(tell: (text: string) => void, needs: readonly Need[], packages: string[]): Promise<void> {
  const all = await planOf(packages);
  const others = all.filter((name) => !packages.includes(name));
  const what = others.length === 0 ? "" : `, and ${others.length} that these take: ${others.join(", ")}`;
  tell(`Installing ${packages.join(", ")}${what}.`);
  for (const need of needs) {
    const its = missingPackages("deb", [need]).filter((name) => packages.includes(name));
    if (its.length > 0) tell(`  for ${NEEDS[need].about}: ${its.join(", ")}`);
  }
  tell("They stay, and nothing of them is started. EIC_NO_INSTALL=1 forbids installing.");
}

/** Returns a command of one line to paste; it opens no port either. */
function command(packages: readonly string[]): string {
  const names = packages.join(" ");
  if (programPath("dnf") !== undefined) return `sudo dnf install -y ${names}`;
  if (!isDebian()) return "install them with this system's package manager";
  const closed = packages.includes("openssh-server") ? `mkdir -p /etc/ssh && touch ${SSHD_NOT_TO_BE_RUN} && ` : "";
  return `sudo sh -c '${closed}apt-get update && apt-get install -y --no-install-recommends ${names}'`;
}

function isDebian(): boolean {
  if (programPath("apt-get") === undefined) return false;
  try {
    return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync("/etc/os-release", "utf8"));
  } catch {
    return false;
  }
}
