/** An apt repository of the package as built, made and signed by the commands of docs/install.md. */
import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { debName } from "../../packaging/build/deb.ts";
import { isCpu } from "../../packaging/build/processors.ts";
import { version } from "../../tools/bundle.ts";
import { KIT_FOLDER } from "../install/packages.ts";
import { documented } from "../support/documented.ts";
import { ThrowAwayKeys } from "../support/temporary-key.ts";

/**
 * @param to folder that the repository is copied to
 * @returns its public key, armored
 */
export function makeAptRepository(to: string): string {
  const keys = new ThrowAwayKeys();
  const work = mkdtempSync(join(tmpdir(), "eic-apt-"));
  try {
    const release = join(work, "release");
    mkdirSync(release);
    const { arch: cpu } = process;
    if (!isCpu(cpu)) throw new Error(`no packages for ${cpu}`);
    // apt-ftparchive looks for the processor in the name.
    copyFileSync(join(KIT_FOLDER, "eic-agent.deb"), join(release, debName({ version, cpu })));
    const env = { ...process.env, RELEASE: release, KEYID: keys.make("A fleet") };
    const made = spawnSync("sh", ["-euc", documented("docs/install.md", "apt-repository")[0]], {
      ...{ cwd: work, env, encoding: "utf8" },
    });
    if (made.status !== 0) throw new Error(`no repository: ${made.stderr}`);
    cpSync(join(work, "apt"), to, { recursive: true });
    return readFileSync(join(to, "repository-key.asc"), "utf8");
  } finally {
    keys.remove();
    rmSync(work, { recursive: true });
  }
}
