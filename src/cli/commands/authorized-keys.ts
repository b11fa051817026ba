/**
 * `eic-agent authorized-keys`: only its help. main.ts runs the command itself without yargs, because the parsing by yargs
 * alone would take longer than the rest of a login call.
 */
import type { CommandModule } from "yargs";

export const authorizedKeys: CommandModule = {
  command: "authorized-keys <user> [fingerprint]",
  describe: "print the accepted pushed keys of a user, in sshd's format",
  builder: (yargs) =>
    yargs
      .positional("user", { type: "string", describe: "the user that logs in (sshd's %u)" })
      .positional("fingerprint", {
        type: "string",
        describe: "of the key that is offered (sshd's %f), SHA256:… or MD5:…; without it, all keys",
      })
      .option("config", {
        type: "string",
        describe: "settings instead of /etc/eic-agent/config.toml; options come before the user",
      })
      .option("within", {
        type: "number",
        describe: "milliseconds from its start to the answer; can only lower the deadline",
      })
      .example("$0 authorized-keys alice", "every accepted key that is pushed for alice")
      .example("$0 authorized-keys --config ./config.toml alice", "the same against a simulator"),
  handler: () => {
    throw new Error("options come after the command: eic-agent authorized-keys --config FILE USER [FINGERPRINT]");
  },
};
