/** `eic-agent logins`: who logged in with a pushed key, who had pushed it, and who is in session. */
import type { CommandModule } from "yargs";
import { codeOrMessage } from "../../errno.ts";
import { bootTime } from "../../logins/read/host-state.ts";
import { readLogins } from "../../logins/read/read-logins.ts";
import type { Context } from "../context.ts";
import { CliError } from "../errors.ts";
import { isSelected, sinceIn } from "../logins/arguments.ts";
import { asJson } from "../logins/login-report.ts";
import { asText } from "../logins/table.ts";

interface Options {
  since: string | undefined;
  user: string | undefined;
  caller: string | undefined;
  now: boolean;
  all: boolean;
  wide: boolean;
  json: boolean;
}

/** Without --now; with it, sessions since the boot are found. */
const DEFAULT_SINCE = "24h";

export const logins = (context: Context): CommandModule<object, Options> => ({
  command: "logins",
  describe: "list who logged in with a pushed key, who pushed it, and who is in session",
  builder: (yargs) =>
    yargs
      .option("since", {
        type: "string",
        describe: `30min, 24h or 7d ago, or from a time such as 2026-01-31T12:00:00Z; ${DEFAULT_SINCE} by default`,
        requiresArg: true,
      })
      .option("user", { type: "string", describe: "only logins of this user", requiresArg: true })
      .option("caller", {
        type: "string",
        describe: "only keys pushed by this caller: an ARN or a session name, with * as in [policy]",
        requiresArg: true,
      })
      .option("now", { type: "boolean", default: false, describe: "only who is in session, from the boot on" })
      .option("all", { type: "boolean", default: false, describe: "logins without a pushed key, too" })
      .option("wide", { type: "boolean", default: false, describe: "one long line each, with the whole ARN" })
      .option("json", { type: "boolean", default: false, describe: "one JSON object; docs/logins.md describes it" })
      .example("sudo $0 logins", "the logins of the last 24 hours, newest last")
      .example("sudo $0 logins --now", "who is in session now")
      .example("sudo $0 logins --since 7d --caller 'bob*' --wide", "one caller's logins of a week")
      .epilogue(
        "Reads the journal or, without sshd's lines there, /var/log/auth.log or /var/log/secure. Exit status: 0, with " +
          "logins or without; 1 if the log cannot be read.",
      ),
  handler: async ({ since: text, user, caller, now, all, wide, json }) => {
    const at = context.now();
    const since = text === undefined && now ? new Date(bootTime()) : sinceIn(text ?? DEFAULT_SINCE, at);
    const onProgress = (log: string, part: number | undefined) =>
      context.progress(`reading ${log}${part === undefined ? "" : `: ${Math.floor(part * 100)} %`}`);
    const read = await readLogins({ since, others: all, now: at, onProgress })
      .catch((error: unknown) => {
        throw new CliError(`the log cannot be read (${codeOrMessage(error)})`, "look at it with journalctl", {
          cause: error,
        });
      })
      .finally(() => context.progress(undefined));
    if (read.kind === "none") {
      throw new CliError("this host has neither a journal nor a log file of sshd", "logins are known only from a log");
    }
    if (read.kind === "closed") {
      throw new CliError(`${read.what} can be read by ${read.readers}`, "run this with sudo");
    }
    const selected = read.logins.filter((login) => isSelected(login, { user, caller, now }));
    context.print(
      json
        ? asJson(read, selected, { program: context.version, at, since })
        : asText(read, selected, { ...context, wide, since, others: all }),
    );
  },
});
