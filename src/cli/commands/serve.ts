/**
 * `eic-agent serve`: only its help. main.ts starts the service itself without yargs, because the service must be ready
 * before a login notices that it was not running.
 */
import type { CommandModule } from "yargs";

export const serve: CommandModule = {
  command: "serve",
  describe: "run the warm service, which answers sshd's calls, as eic-agent.service does",
  builder: (yargs) =>
    yargs
      .option("socket", {
        type: "string",
        describe: "create the socket at this path; without it, systemd's socket is used",
      })
      .option("config", { type: "string", describe: "settings instead of /etc/eic-agent/config.toml" })
      .example("systemctl enable --now eic-agent.socket", "the normal way to run it")
      .example("$0 serve --socket ./s --config ./config.toml", "by hand, against a simulator")
      .epilogue("Ends after five minutes without a call, and on SIGTERM when its calls are finished."),
  handler: () => {
    throw new Error("options come after the command: eic-agent serve [--socket PATH] [--config FILE]");
  },
};
