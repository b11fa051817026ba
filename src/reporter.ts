/**
 * Reports a call on the terminal, if standard error is one: sshd discards what is written there. The texts are loaded only
 * then.
 */
import { fstatSync } from "node:fs";
import type { Answer } from "./authorize.ts";
import type { Command } from "./request.ts";
import type { Request } from "./verify/evidence.ts";

export interface Reporter {
  /** Whether the report is read. */
  readonly isRead: boolean;
  answer(request: Request, answer: Answer): Promise<void>;
  /** Reports a Fault, an error of the operating system, or a bug. */
  failure(error: unknown): Promise<void>;
  /** Reports that the command line is wrong. */
  usage(message: string, command: Command): Promise<void>;
  /** Reports that a record that is not required could not be written. */
  unrecorded(why: string): Promise<void>;
  /** Reports how a chained command ended, in one sentence. */
  chained(sentence: string): Promise<void>;
}

/** Returns the reporter of this process. */
export function terminalReporter(): Reporter {
  const texts = () => import("./cli/terminal-report.ts");
  const write = async (text: (from: Awaited<ReturnType<typeof texts>>) => string) => {
    if (stderrIsTerminal()) process.stderr.write(text(await texts()));
  };
  return {
    get isRead() {
      return stderrIsTerminal();
    },
    answer: (request, answer) => write((from) => from.answer(request, answer)),
    failure: (error) => write((from) => from.failure(error)),
    usage: (message, command) => write((from) => from.usage(message, command)),
    unrecorded: (why) => write((from) => from.unrecorded(why)),
    chained: (sentence) => write((from) => from.chained(sentence)),
  };
}

const stderrIsTerminal = (): boolean =>
  fstatSync(2).isCharacterDevice() && process.getBuiltinModule("node:tty").isatty(2);
