/** `eic-agent doctor`: checks everything that a login depends on, and reports what is wrong and what to do. */
import type { CommandModule } from "yargs";
import { examine } from "../../doctor/doctor.ts";
import { findingsAs } from "../../doctor/probe/as-user.ts";
import type { Context } from "../context.ts";
import { mergeFolder } from "../doctor/merge-folder.ts";
import { hostsJson, hostsText } from "../doctor/merge-report.ts";
import { asJson, asText, worst } from "../doctor/render.ts";
import { UsageError } from "../errors.ts";

interface Options {
  user: string | undefined;
  problems: boolean;
  json: boolean;
  config: string | undefined;
  merge: string | undefined;
  wide: boolean | undefined;
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
      .option("merge", {
        type: "string",
        describe: "one table of a folder that has a file with the output of doctor --json for each host",
        requiresArg: true,
      })
      .option("wide", { type: "boolean", describe: "with --merge: name every host, in long lines" })
      // For the child process through which root asks the metadata service as another user.
      .option("ask-as", { type: "string", hidden: true })
      .example("$0 doctor", "all checks; some require root")
      .example("$0 doctor --user alice", "sshd's configuration in force for alice")
      .example("$0 doctor --merge results", "what fails on how many hosts; one file for each host")
      .epilogue(
        "Changes nothing, except that an idle warm service is started. Exit status: 1 if a check failed; " +
          "0 with warnings only. With --merge: 1 also if a file could not be read.",
      ),
  handler: async ({ user, problems, json, config, merge, wide, "ask-as": askAs }) => {
    if (askAs !== undefined) return context.print(JSON.stringify(await findingsAs(askAs, config)));
    if (merge !== undefined) {
      const excluded = Object.entries({ user, config, problems: problems || undefined });
      const [other] = excluded.find(([, value]) => value !== undefined) ?? [];
      if (other !== undefined) throw new UsageError(`--merge and --${other} cannot be combined`);
      return mergeHosts(context, { folder: merge, json, wide: wide === true });
    }
    if (wide) throw new UsageError("--wide needs --merge");
    const { version } = context;
    const findings = await examine({ user, config, version });
    const at = context.now();
    context.print(
      json ? asJson(findings, { version, at, user, problems }) : asText(findings, { ...context, problems }),
    );
    context.end(worst(findings) === "failed" ? 1 : 0);
  },
});

/** Prints the merged results. A host whose file could not be read may have failed, so the exit status is that of a failure. */
function mergeHosts(context: Context, { folder, json, wide }: { folder: string; json: boolean; wide: boolean }): void {
  const report = mergeFolder(folder, (read, all) => {
    if (read % 100 === 0) context.progress(`reading ${folder}: ${Math.floor((100 * read) / all)} %`);
  });
  context.progress(undefined);
  context.print(
    json ? hostsJson(report, { version: context.version, at: context.now() }) : hostsText(report, { ...context, wide }),
  );
  context.end(report.states.failed > 0 || report.unreadable.length > 0 ? 1 : 0);
}
