/** Puts files into a root folder that is not this system's, with the folders above them. */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** @param outside where a path inside of it lies for us */
export const writing =
  (outside: (path: string) => string) =>
  (path: string, text: string, mode = 0o644): void => {
    mkdirSync(dirname(outside(path)), { recursive: true, mode: 0o755 });
    writeFileSync(outside(path), text);
    chmodSync(outside(path), mode);
  };
