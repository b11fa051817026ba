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
      .option("user", { type: "string", describe: "check Match blocks, account and policy for this user" })
      .option("problems", { type: "boolean", default: false, describe: "print only the checks that failed or warn" })
      .option("json", { type: "boolean", default: false, describe: "one JSON object; docs/doctor.md describes it" })
      .option("config", { type: "string", describe: "settings instead of /etc/eic-agent/config.toml" })
      // For the child process through which root asks the metadata service as another user.
      .option("ask-as", { type: "string", hidden: true })
      .example("$0 doctor", "all checks; some require root")
      .example("$0 doctor --user alice", "sshd's configuration in force for alice")
      .epilogue(
        "Changes nothing, except that an idle warm service is started. Exit status: 1 if a check failed; " +
          "0 with warnings only.",
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
