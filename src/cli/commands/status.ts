/** `eic-agent status`: the running service's status, as text, as JSON for scripts, and for Prometheus. */
import type { CommandModule } from "yargs";
import { codeOrMessage } from "../../errno.ts";
import { SOCKET_PATH } from "../../host/installed-paths.ts";
import { prometheusOf, prometheusWithoutAnswer } from "../../service/telemetry/prometheus.ts";
import type { Status } from "../../service/telemetry/status.ts";
import { askStatus } from "../../service/telemetry/status-client.ts";
import { systemPrograms } from "../../sshd/inspect/exec.ts";
import { systemctlOf } from "../../sshd/inspect/systemctl.ts";
import type { Context } from "../context.ts";
import { CliError, UsageError } from "../errors.ts";
import { checkOutput, OUTPUT, printMetrics } from "../metrics-output.ts";
import { statusText } from "../status-report.ts";

interface Options {
  socket: string | undefined;
  json: boolean | undefined;
  prometheus: boolean | undefined;
  output: string | undefined;
}

export const status = (context: Context): CommandModule<object, Options> => ({
  command: "status",
  describe: "show what the running service has done: calls, answers, Faults, times, memory",
  builder: (yargs) =>
    yargs
      .option("json", { type: "boolean", describe: "JSON, as docs/service.md describes it" })
      .option("prometheus", { type: "boolean", describe: "Prometheus text format, for a textfile collector" })
      .option("output", OUTPUT)
      .option("socket", {
        type: "string",
        describe: `the service's socket instead of ${SOCKET_PATH}`,
        requiresArg: true,
      })
      .example("sudo $0 status", "how long it has run, its answers and times")
      .example("sudo $0 status --prometheus -o eic-agent.prom", "for node_exporter; eic-agent-metrics.timer does it")
      .epilogue("Starts the service if it does not run. Exit status: 1 if no service answers."),
  handler: async ({ socket, json, prometheus, output }) => {
    if (json && prometheus) throw new UsageError("--json and --prometheus cannot be combined");
    checkOutput({ prometheus, output });
    const found = await answerOf(socket, (code) => {
      // A caller that may not ask knows nothing about the service.
      if (output !== undefined && code !== "EACCES")
        printMetrics(prometheusWithoutAnswer(context.now()), output, context);
    });
    if (prometheus) printMetrics(prometheusOf(found, context.now()), output, context);
    else context.print(json ? `${JSON.stringify(found, undefined, 2)}\n` : statusText(found, context));
  },
});

/** @throws CliError if no service answers, after a call of `onNone` with the system's code */
async function answerOf(socket: string | undefined, onNone: (code: string) => void): Promise<Status> {
  try {
    return await askStatus(socket ?? SOCKET_PATH);
  } catch (error) {
    const what = codeOrMessage(error);
    onNone(what);
    const next = socket === undefined ? nextStep(what) : byHand(what, socket);
    throw new CliError(`no service answers at ${socket ?? SOCKET_PATH} (${what})`, next, { cause: error });
  }
}

const ASK_AS = "run this as root, or as a member of the group eic-agent";

function nextStep(what: string): string {
  if (what === "EACCES") return ASK_AS;
  if (systemctlOf(systemPrograms) === undefined) {
    return "systemd, which would start it, does not run here, so each call starts a one-shot program: see eic-agent doctor";
  }
  return what === "ENOENT" ? "start it with `systemctl enable --now eic-agent.socket`" : LOOK;
}

const LOOK = "eic-agent doctor says what is wrong; then: `systemctl restart eic-agent.socket`";

const byHand = (what: string, socket: string): string =>
  what === "EACCES"
    ? "run this as its owner, or as a member of its group"
    : `start one: eic-agent serve --socket ${socket}`;
