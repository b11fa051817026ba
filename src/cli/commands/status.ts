/** `eic-agent status`: what the running service says of itself, for people, for scripts and for Prometheus. */
import type { CommandModule } from "yargs";
import { askStatus, SOCKET_PATH } from "../../service/ask.ts";
import { prometheusOf } from "../../service/prometheus.ts";
import type { Context } from "../context.ts";
import { codeOf, Problem, Usage } from "../problem.ts";
import { statusText } from "../status.ts";

interface Options {
  socket: string | undefined;
  json: boolean | undefined;
  prometheus: boolean | undefined;
}

export const status = (context: Context): CommandModule<object, Options> => ({
  command: "status",
  describe: "ask the running service what it has done: calls, answers, Faults, times, memory",
  builder: (yargs) =>
    yargs
      .option("json", { type: "boolean", describe: "JSON, as docs/service.md describes it" })
      .option("prometheus", { type: "boolean", describe: "Prometheus' text form, for a textfile collector" })
      .option("socket", {
        type: "string",
        describe: `the service's socket instead of ${SOCKET_PATH}`,
        requiresArg: true,
      })
      .example("sudo $0 status", "since when it runs, what it answered, how fast")
      .example("sudo $0 status --prometheus > eic-agent.prom", "for node_exporter")
      .epilogue("Asking starts a service that does not run. Exit status: 1 where none answers."),
  handler: async ({ socket = SOCKET_PATH, json, prometheus }) => {
    if (json && prometheus) throw new Usage("--json and --prometheus are two forms of the same: take one");
    const found = await askStatus(socket).catch((error: unknown) => {
      const what = codeOf(error);
      throw new Problem(`no service answers at ${socket} (${what})`, NEXT[what] ?? LOOK, { cause: error });
    });
    if (prometheus) context.print(prometheusOf(found));
    else context.print(json ? `${JSON.stringify(found, undefined, 2)}\n` : statusText(found, context));
  },
});

const LOOK = "look at `systemctl status eic-agent.socket eic-agent.service`";

const NEXT: Readonly<Record<string, string>> = {
  EACCES: "ask as root, or as a member of the group eic-agent",
  ENOENT: "start it with `systemctl enable --now eic-agent.socket`",
  ECONNREFUSED: "start it with `systemctl restart eic-agent.socket`",
};
