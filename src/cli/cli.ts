/** The command line for interactive use, by yargs: the commands, the form of every error message, and the exit statuses. */
import yargs from "yargs";
import { replaceControls } from "../verify/escape.ts";
import { form } from "./build-form.ts";
import { authorizedKeys } from "./commands/authorized-keys.ts";
import { capture } from "./commands/capture.ts";
import { completion } from "./commands/completion.ts";
import { doctor } from "./commands/doctor.ts";
import { explain } from "./commands/explain.ts";
import { logins } from "./commands/logins.ts";
import { serve } from "./commands/serve.ts";
import { settings } from "./commands/settings.ts";
import { sshd } from "./commands/sshd.ts";
import { status } from "./commands/status.ts";
import { type Context, openContext } from "./context.ts";
import { CliError, HelpWanted, UsageError } from "./errors.ts";
import { failure } from "./terminal-report.ts";
import { complaint } from "./usage-error.ts";

/** Set when the bundle is built; undefined when the sources run directly. */
declare const __VERSION__: string | undefined;

export const VERSION = typeof __VERSION__ === "string" ? __VERSION__ : "0.0.0-source";

/**
 * Runs a command line.
 * @returns the exit status: the command's own, 1 for an error, 2 for an invalid command line
 */
export async function runCli(words: readonly string[]): Promise<number> {
  const { CLICOLOR_FORCE, COLUMNS, NO_COLOR, TERM } = process.env;
  const {
    context,
    status: ended,
    written,
  } = openContext({
    stdout: process.stdout,
    stderr: process.stderr,
    noColor: NO_COLOR,
    forceColor: CLICOLOR_FORCE,
    term: TERM,
    columns: COLUMNS,
    version: VERSION,
  });
  try {
    // Inside the try: yargs throws some errors before it returns a promise.
    await parser(context).parseAsync([...words]);
    await written();
    return ended();
  } catch (error) {
    if (error instanceof HelpWanted) {
      await parser(context).parseAsync([error.command, "--help"]);
      return 2;
    }
    if (error instanceof Unparsable) return complain(complaint(error.message, words), 2);
    if (error instanceof UsageError) return complain(error.message, 2);
    if (error instanceof CliError) return complain(error.message, 1);
    process.stderr.write(failure(error));
    return 1;
  }
}

/** A command line that yargs rejects. */
class Unparsable extends Error {}

function complain(message: string, status: 1 | 2): number {
  process.stderr.write(`eic-agent: ${replaceControls(message)}\n`);
  return status;
}

const parser = (context: Context) =>
  yargs()
    .scriptName("eic-agent")
    .usage(
      "$0 COMMAND\n\n" +
        "The AuthorizedKeysCommand for EC2 Instance Connect: prints the pushed keys that\n" +
        "it accepts, and explains why it refuses the others.",
    )
    .command(authorizedKeys)
    .command(explain(context))
    .command(doctor(context))
    .command(settings(context))
    .command(sshd(context))
    .command(capture(context))
    .command(serve)
    .command(status(context))
    .command(logins(context))
    .command(completion(context))
    .example("sudo $0 explain alice", "find out why alice cannot log in")
    .example("sudo $0 doctor", "check the setup of this host")
    .example("sudo $0 logins", "who logged in with a pushed key, and who pushed it")
    .example("sudo $0 capture alice -o call.json --redact", "a file to pass on, without names")
    .demandCommand(1, "a command is needed")
    .strict()
    .parserConfiguration({ "camel-case-expansion": false, "boolean-negation": false })
    .check(onlyOnce)
    .version(`eic-agent ${VERSION} (Node ${process.versions.node}, OpenSSL ${process.versions.openssl}, ${form()})`)
    .alias({ help: "h", version: "V" })
    .epilogue(
      "Exit status: 0 success, with or without keys; 1 error; 2 usage error. COMMAND --help has details and " +
        "examples.",
    )
    .wrap(context.width)
    .exitProcess(false)
    .fail((message, error) => {
      throw error === undefined || error.name === "YError" ? new Unparsable(message ?? error?.message) : error;
    });

/** Rejects repeated options: yargs would pass a list to a command that expects one value. */
function onlyOnce(given: Record<string, unknown>): true {
  const twice = Object.keys(given).find((name) => name !== "_" && Array.isArray(given[name]));
  if (twice !== undefined) throw new UsageError(`--${twice} is given more than once`);
  return true;
}
