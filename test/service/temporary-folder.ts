/** A folder for one test: its path is short enough for a socket. */
import { mkdtempSync, rmSync } from "node:fs";
import { onTestFinished } from "vitest";

/** Creates a folder that is removed when the test has finished. */
export function temporaryFolder(): string {
  const at = mkdtempSync("/tmp/eic-serve-");
  onTestFinished(() => rmSync(at, { recursive: true, force: true }));
  return at;
}
