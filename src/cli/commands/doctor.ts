/** `eic-agent doctor`: checks everything that a login depends on, and reports what is wrong and what to do. */
import type { CommandModule } from "yargs";
import { examine } from "../../doctor/doctor.ts";
import { findingsAs } from "../../doctor/probe/as-user.ts";
import type { Context } from "../context.ts";
import { asJson, asText, worst } from "../doctor/render.ts";

interface Options {
  user: string | undefined;
  problems: boolean;
  json: boolean;
  config: string | undefined;
  "ask-as": string | undefined;
}

export const doctor = (context: Context): CommandModule<object, Options> => ({
  command: "doctor",
  describe: "check this host: instance, metadata service, signer, sshd, the warm service, log",
  builder: (yargs) =>
    yargs
      .option("user", { type: "string", describe: "a user to log in as: Match blocks, account and policy of this one" })
      .option("problems", { type: "boolean", default: false, describe: "print only the checks that failed or warn" })
      .option("json", { type: "boolean", default: false, describe: "one JSON object; docs/doctor.md has its form" })
      .option("config", { type: "string", describe: "settings instead of /etc/eic-agent/config.toml" })
      // For the child process through which root asks the metadata service as another user.
      .option("ask-as", { type: "string", hidden: true })
      .example("$0 doctor", "everything that can be seen; root sees more")
      .example("$0 doctor --user alice", "what sshd has in force for alice")
      .epilogue(
        "Nothing is changed; a warm service that is idle is started by being asked. Exit status: 1 if a check failed; " +
          "warnings alone are 0.",
      ),
  handler: async ({ user, problems, json, config, "ask-as": askAs }) => {
    if (askAs !== undefined) return context.print(JSON.stringify(await findingsAs(askAs, config)));
    const { version } = context;
    const findings = await examine({ user, config, version });
    const at = context.now();
    context.print(
      json ? asJson(findings, { version, at, user, problems }) : asText(findings, { ...context, problems }),
    );
    context.end(worst(findings) === "failed" ? 1 : 0);
  },
});
