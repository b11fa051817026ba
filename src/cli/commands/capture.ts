/** `eic-agent capture`: saves the service's replies in one file, so that the call can be explained elsewhere or later. */
import { resolve } from "node:path";
import type { CommandModule } from "yargs";
import { codeOf } from "../../errno.ts";
import { printCapture } from "../../explain/capture.ts";
import { ExclusiveFile } from "../../explain/capture-file.ts";
import { captureCall } from "../../explain/explain.ts";
import { redacted } from "../../explain/redact.ts";
import type { Context } from "../context.ts";
import { CliError } from "../errors.ts";
import { absolute } from "../explain/arguments.ts";
import { becomeSshdUser, programOf } from "../explain/as-sshd.ts";
import { summary } from "../explain/summary.ts";

interface Options {
  user: string;
  output: string;
  redact: boolean | undefined;
  config: string | undefined;
  "no-sshd": boolean | undefined;
}

export const capture = (context: Context): CommandModule<object, Options> => ({
  command: "capture <user>",
  describe: "save the service's replies about a user's keys, for explain --from",
  builder: (yargs) =>
    yargs
      .positional("user", { type: "string", demandOption: true, describe: "the user that logs in" })
      .option("output", {
        alias: "o",
        type: "string",
        demandOption: true,
        requiresArg: true,
        describe: "the file to write, which must not exist",
      })
      .option("redact", {
        type: "boolean",
        describe: "replace account ids, principals and session names",
      })
      .option("config", {
        type: "string",
        describe: "settings instead of /etc/eic-agent/config.toml",
        requiresArg: true,
      })
      .option("no-sshd", { type: "boolean", describe: "keep the current user, and do not ask sshd or run its command" })
      .example("sudo $0 capture alice -o call.json", "push a key first: without one, most replies are missing")
      .example("sudo $0 capture alice -o call.json --redact", "to pass on: verdicts kept, names replaced")
      .example("$0 explain --from call.json", "read it, on any machine")
      .epilogue("Exit status: 0 the file was written; 1 it was not; 2 usage error. The verdicts do not matter."),
  handler: async ({ user, output, redact = false, ...rest }) => {
    const config = absolute(rest.config);
    const file = newFile(resolve(output));
    try {
      const stand = await becomeSshdUser({ user, config, sshd: rest["no-sshd"] !== true });
      const request = { user, fingerprint: undefined };
      const asking = { request, config: stand.config, at: undefined, program: programOf(context), now: context.now };
      const { capture: made, explained } = await captureCall(asking, stand.source);
      file.write(printCapture(redact ? redacted(made) : made));
      context.print(`${summary(explained, output, redact)}\n`);
    } catch (error) {
      if (file.remove()) throw error;
      throw new CliError(
        error instanceof Error ? error.message : String(error),
        `${output} could not be removed, and is not a capture`,
        {
          cause: error,
        },
      );
    }
  },
});

function newFile(path: string): ExclusiveFile {
  try {
    return new ExclusiveFile(path);
  } catch (error) {
    const code = codeOf(error);
    const next =
      code === "EEXIST" || code === "ELOOP"
        ? "existing files are not overwritten: name a new file"
        : "name another file";
    throw new CliError(`cannot write ${path} (${code})`, next, { cause: error });
  }
}
