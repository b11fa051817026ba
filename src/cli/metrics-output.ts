/** Where the metrics of `status` and `doctor` go: standard output, or the file of `--output`. */
import { dirname } from "node:path";
import { codeOrMessage } from "../errno.ts";
import { quoted } from "../verify/verdict.ts";
import type { Context } from "./context.ts";
import { CliError, UsageError } from "./errors.ts";
import { replaceFile } from "./replace-file.ts";

export interface MetricsOptions {
  readonly prometheus: boolean | undefined;
  readonly output: string | undefined;
}

export const OUTPUT = {
  type: "string",
  alias: "o",
  describe: "with --prometheus: write this file, all of it or nothing, instead of standard output",
  requiresArg: true,
} as const;

/** @throws UsageError if the file would get something else than metrics */
export function checkOutput({ prometheus, output }: MetricsOptions): void {
  if (output !== undefined && !prometheus) throw new UsageError("--output needs --prometheus");
  if (output === "") throw new UsageError("--output names no file");
}

/** @throws CliError if the file cannot be written */
export function printMetrics(text: string, output: string | undefined, context: Context): void {
  if (output === undefined) {
    context.print(text);
    return;
  }
  try {
    replaceFile(output, text);
  } catch (error) {
    const code = codeOrMessage(error);
    throw new CliError(`${quoted(output)} cannot be written (${code})`, nextStep(code, dirname(output)), {
      cause: error,
    });
  }
}

function nextStep(code: string, folder: string): string {
  if (code === "ENOENT")
    return `make the folder ${quoted(folder)}, or name that of node_exporter's --collector.textfile.directory`;
  if (code === "EROFS") return "in a unit, ReadWritePaths= must name the folder: docs/service.md";
  return "the file that was there is unchanged";
}
