/**
 * Makes the system ready for tests, demo and the making of packages: installs what is missing where it may (root on
 * Debian or Ubuntu, and no EIC_NO_INSTALL=1), and else names the one command that does it.
 */
import { readFileSync } from "node:fs";
import { install, SSHD_NOT_TO_BE_RUN } from "./setup-install.ts";
import { isRoot, missingPackages, type Need, programPath } from "./setup-needs.ts";

/**
 * @param say prints lines for the person
 * @param needs which ones, as from needsOf()
 */
export async function prepare(say: (line: string) => void, needs: readonly Need[]): Promise<void> {
  const family = isDebian() ? "deb" : "rpm";
  const packages = missingPackages(family, needs);
  if (packages.length === 0) return;
  const may = isDebian() && isRoot() && process.env.EIC_NO_INSTALL !== "1";
  if (!may) {
    say(`not installed: ${packages.join(", ")}; this does it: ${command(packages)}`);
    return;
  }
  say(`installing ${packages.join(", ")}; nothing of it is started (EIC_NO_INSTALL=1 forbids installing)`);
  try {
    await install(packages);
  } catch {
    // One that this system does not have (Ubuntu 24.04: awscli) must not cost the others.
    for (const one of packages) {
      await install([one]).catch((error: unknown) => {
        say(`could not install ${one}: ${error instanceof Error ? error.message : String(error)}`);
      });
    }
  }
  if (packages.includes("openssh-server")) say(`sshd will not start by itself as long as ${SSHD_NOT_TO_BE_RUN} exists`);
}

/** One line to paste, which opens no port either. */
function command(packages: readonly string[]): string {
  const names = packages.join(" ");
  if (programPath("dnf") !== undefined) return `sudo dnf install -y ${names}`;
  if (!isDebian()) return `install them with this system's package manager`;
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
