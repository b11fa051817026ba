/** Writes files into a root folder other than this system's, and creates their parent folders. */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** @param outside maps a path inside the root folder to the path for this process */
export const writing =
  (outside: (path: string) => string) =>
  (path: string, text: string, mode = 0o644): void => {
    mkdirSync(dirname(outside(path)), { recursive: true, mode: 0o755 });
    writeFileSync(outside(path), text);
    chmodSync(outside(path), mode);
  };
