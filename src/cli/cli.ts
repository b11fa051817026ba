/** The command line for people, by yargs: help, versions, and (one file a command) what explains itself. */
import yargs from "yargs";
import { authorizedKeys } from "./commands/authorized-keys.ts";

/** Set when the bundle is made; absent when the sources run as they are. */
declare const __VERSION__: string | undefined;

export const VERSION = typeof __VERSION__ === "string" ? __VERSION__ : "0.0.0-source";

/** @returns the exit status: 0, or 2 for a command line that makes no sense */
export async function runCli(words: readonly string[]): Promise<number> {
  let status = 0;
  await yargs([...words])
    .scriptName("eic-agent")
    .usage("$0 COMMAND\n\nThe AuthorizedKeysCommand for EC2 Instance Connect: prints the pushed keys that are proven.")
    .command(authorizedKeys)
    .demandCommand(1, "a command is needed; see eic-agent --help")
    .strict()
    .recommendCommands()
    .version(`eic-agent ${VERSION} (Node ${process.versions.node}, OpenSSL ${process.versions.openssl})`)
    .alias({ help: "h", version: "V" })
    .epilogue("Exit status: 0 answered, with keys or without; 1 could not answer; 2 called wrongly.")
    .wrap(Math.min(process.stdout.columns ?? 80, 100))
    .exitProcess(false)
    .fail((message, error) => {
      process.stderr.write(`eic-agent: ${message ?? error.message}\n`);
      status = 2;
    })
    .parseAsync();
  return status;
}
