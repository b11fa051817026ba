/** The judge that nobody here wrote: openssl's command line, over files in a folder of the test's own. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

export interface Openssl {
  /** Writes a file for openssl to read; gives its path. */
  file(name: string, content: string | Uint8Array): string;
  /** Runs openssl; gives its exit status and everything it said. */
  run(...args: string[]): { status: number | null; said: string };
}

/** A folder that goes when the test is over. */
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
      // Newer versions write names without the spaces.
      return { status, said: `${stdout}${stderr}`.replaceAll(" = ", "=") };
    },
  };
}
