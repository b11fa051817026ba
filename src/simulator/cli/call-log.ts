/** `up --log`: one line of JSON for each call of the API, as CloudTrail would have it, into a file or to stdout. */
import { closeSync, openSync, writeSync } from "node:fs";
import type { CallRecord } from "../api/record.ts";
import { codeOf, Problem } from "./problem.ts";

export interface CallLog {
  write(record: CallRecord): void;
  close(): void;
}

/** @param to a file that is appended to, or "-" */
export function callLog(to: string, print: (text: string) => void): CallLog {
  const line = (record: CallRecord) => `${JSON.stringify(record)}\n`;
  if (to === "-") return { write: (record) => print(line(record)), close: () => undefined };
  const fd = opened(to);
  return {
    // At once and whole: who reads the file after an answer finds the call in it.
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
