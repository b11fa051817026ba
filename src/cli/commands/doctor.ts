/** `eic-agent doctor`: checks everything that a login depends on, and reports what is wrong and what to do. */
import type { CommandModule } from "yargs";
import { examine } from "../../doctor/doctor.ts";
import { findingsAs } from "../../doctor/probe/as-user.ts";
import { lookAtLastRecords } from "../../doctor/probe/last-records.ts";
import { systemPrograms } from "../../sshd/inspect/exec.ts";
import { systemWorld } from "../../sshd/wiring/inspect.ts";
import { isClosed, isInForce, isInTrial, lookAtStatus } from "../../sshd/wiring/wiring-status.ts";
import type { Context } from "../context.ts";
import { hostMetrics } from "../doctor/host-metrics.ts";
import { mergeFolder } from "../doctor/merge-folder.ts";
import { hostsJson, hostsText } from "../doctor/merge-report.ts";
import { asJson, asText, worst } from "../doctor/render.ts";
import { UsageError } from "../errors.ts";
import { checkOutput, OUTPUT, printMetrics } from "../metrics-output.ts";

interface Options {
  user: string | undefined;
  problems: boolean;
  json: boolean;
  prometheus: boolean | undefined;
  output: string | undefined;
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
      .option("prometheus", { type: "boolean", describe: "Prometheus text format; leaves an idle service idle" })
      .option("output", OUTPUT)
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
          "0 with warnings only. With --merge: 1 also if a file could not be read. With --prometheus: 1 only if the " +
          "metrics could not be written.",
      ),
  handler: async ({ user, problems, json, prometheus, output, config, merge, wide, "ask-as": askAs }) => {
    if (askAs !== undefined) return context.print(JSON.stringify(await findingsAs(askAs, config)));
    checkOutput({ prometheus, output });
    if (prometheus) {
      const excluded = Object.entries({ user, merge, json: json || undefined, problems: problems || undefined });
      refuseOthers("prometheus", excluded);
      return printMetrics(await metricsOf(context, config), output, context);
    }
    if (merge !== undefined) {
      const excluded = Object.entries({ user, config, problems: problems || undefined });
      refuseOthers("merge", excluded);
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

function refuseOthers(option: string, others: readonly (readonly [string, unknown])[]): void {
  const [other] = others.find(([, value]) => value !== undefined) ?? [];
  if (other !== undefined) throw new UsageError(`--${option} and --${other} cannot be combined`);
}

/** Collects the facts of the host. A timer does so, so an idle service is left idle. */
async function metricsOf({ version, now }: Context, config: string | undefined): Promise<string> {
  const findings = await examine({ user: undefined, config, version, leaveIdle: true });
  // The variables of a session do not decide whether sshd calls this program.
  const status = await lookAtStatus(systemWorld({ kind: "off" }));
  const { key, fault } = await lookAtLastRecords(now(), systemPrograms);
  return hostMetrics({
    ...{ version, node: process.versions.node, findings, lastKey: key, lastFault: fault, at: now() },
    inForce: isClosed(status) ? undefined : isInForce(status),
    trial: isInTrial(status),
  });
}

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
