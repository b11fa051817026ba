/** `up --log`: one line of JSON for each call of the API, in the form of CloudTrail, to a file or to stdout. */
import { closeSync, openSync, writeSync } from "node:fs";
import type { CallRecord } from "../api/record.ts";
import { codeOf, Problem } from "./problem.ts";

export interface CallLog {
  write(record: CallRecord): void;
  close(): void;
}

/** @param to a file to append to, or "-" for stdout */
export function callLog(to: string, print: (text: string) => void): CallLog {
  const line = (record: CallRecord) => `${JSON.stringify(record)}\n`;
  if (to === "-") return { write: (record) => print(line(record)), close: () => undefined };
  const fd = opened(to);
  return {
    // Written at once and completely, so that a client that has its answer finds the call in the file.
    write: (record) => void writeSync(fd, line(record)),
    close: () => closeSync(fd),
  };
}

function opened(path: string): number {
  try {
    return openSync(path, "a", 0o600);
  } catch (error) {
    throw new Problem(`cannot write ${path} (${codeOf(error)})`, "name another file with --log", { cause: error });
  }
}
