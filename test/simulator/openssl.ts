/** An independent verifier: openssl's command line, on files in the test's own folder. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

export interface Openssl {
  /** Writes a file for openssl to read. Returns its path. */
  file(name: string, content: string | Uint8Array): string;
  /** Runs openssl. Returns its exit status and all of its output. */
  run(...args: string[]): { status: number | null; said: string };
}

/** Creates a folder, which is removed after the test. Returns its path. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "eic-simulator-test-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export function openssl(): Openssl {
  const at = folder();
  return {
    file(name, content) {
      const path = join(at, name);
      writeFileSync(path, content);
      return path;
    },
    run(...args) {
      const { status, stdout, stderr, error } = spawnSync("openssl", args, { encoding: "utf8" });
      if (error) throw error;
      // Newer versions print names without the spaces.
      return { status, said: `${stdout}${stderr}`.replaceAll(" = ", "=") };
    },
  };
}
