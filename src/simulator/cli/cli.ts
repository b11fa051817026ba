/** The command line of the simulator: the list of commands, and the form of every error message. */
import yargs from "yargs";
import { revoke, rotate, staples } from "./commands/authority.ts";
import { conform } from "./commands/conform.ts";
import type { Context } from "./commands/context.ts";
import { clear, fault } from "./commands/fault.ts";
import { instance } from "./commands/instance.ts";
import { calls } from "./commands/list-calls.ts";
import { principal } from "./commands/principal.ts";
import { push } from "./commands/push.ts";
import { expire, reset } from "./commands/reset.ts";
import { clock, status } from "./commands/time.ts";
import { up } from "./commands/up.ts";
import { messageOf, Usage } from "./problem.ts";
import { defaultFolder } from "./state-dir.ts";

/** @returns the exit status: 0 or that of the command after --, 1 for an error, 2 for an invalid command line */
export async function run(
  args: readonly string[],
  context: Omit<Context, "setExitStatus">,
  complain: (line: string) => void,
): Promise<number> {
  let status = 0;
  const finish = (given: number) => {
    status = given;
  };
  try {
    // Inside the try: yargs throws some errors before it returns a promise.
    await parser({ ...context, setExitStatus: finish }).parseAsync([...args]);
    return status;
  } catch (error) {
    complain(
      `eic-simulator: ${messageOf(error)
        .trim()
        .replace(/\s*\n\s*/g, " ")}`,
    );
    return error instanceof Usage ? 2 : 1;
  }
}

const parser = (context: Context) =>
  yargs()
    .scriptName("eic-simulator")
    .usage("$0 <command>\n\nEC2 Instance Connect on this machine: push keys, have them served, signed and expired.")
    .option("folder", { type: "string", default: defaultFolder(), describe: "for settings and control socket" })
    .command(up(context))
    .command(push(context))
    .command(expire(context))
    .command(instance(context))
    .command(principal(context))
    .command(fault(context))
    .command(clear(context))
    .command(clock(context))
    .command(rotate(context))
    .command(revoke(context))
    .command(staples(context))
    .command(status(context))
    .command(calls(context))
    .command(reset(context))
    .command(conform(context))
    .demandCommand(1, "name a command")
    .example("$0 up", "start it on loopback")
    .example("$0 up --listen 169.254.169.254:80", "at the real address, in a network namespace of its own")
    .example("$0 up -- npm test", "run tests against it, and stop it when they end")
    .example("$0 push --user alice --public-key id_ed25519.pub", "push a key")
    .example("$0 fault hang --path keys --times 1", "make one key document hang")
    .example("$0 expire --user alice", "end a user's keys")
    .example("$0 reset", "put everything back between two tests")
    .example("$0 conform -- /path/to/command {user} {fingerprint}", "test any AuthorizedKeysCommand")
    .parserConfiguration({ "populate--": true, "parse-positional-numbers": false })
    .strict()
    .check(onlyOnce)
    .version(context.version)
    .exitProcess(false)
    .wrap(100)
    .fail((message, error) => {
      throw error ?? new Usage(`${message}; see \`eic-simulator --help\``);
    });

/** Checks that only --listen is repeated: yargs would pass a list to a command that requires one value. */
function onlyOnce(given: Record<string, unknown>): true {
  const lists = ["_", "--", "listen"];
  const twice = Object.keys(given).find((name) => !lists.includes(name) && Array.isArray(given[name]));
  const [command] = given._ as string[];
  if (given["--"] !== undefined && command !== "up" && command !== "conform")
    throw new Usage(`${command} takes no command after --`);
  if (twice !== undefined) throw new Usage(`--${twice} is given more than once`);
  return true;
}
