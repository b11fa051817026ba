/** `eic-agent completion`: prints the script that completes commands, options, users and files in a shell. */
import type { CommandModule } from "yargs";
import { SHELLS, type Shell } from "../command-table.ts";
import { completionScript } from "../completion/script.ts";
import { PROGRAMS, type Program } from "../completion/told.ts";
import type { Context } from "../context.ts";

export const completion = (context: Context): CommandModule<object, { shell: Shell; program: Program }> => ({
  command: "completion <shell> [program]",
  describe: "print a completion script for bash, zsh or fish",
  builder: (yargs) =>
    yargs
      .positional("shell", { choices: SHELLS, demandOption: true, describe: "the shell" })
      .positional("program", { choices: PROGRAMS, default: PROGRAMS[0], describe: "the program to complete" })
      .example("$0 completion bash > /etc/bash_completion.d/eic-agent", "for all users of this host")
      .example("source <($0 completion bash)", "for this shell only")
      .example("$0 completion zsh > /usr/share/zsh/site-functions/_eic-agent", "for zsh")
      .example("$0 completion fish > ~/.config/fish/completions/eic-agent.fish", "for fish")
      .example("source <($0 completion bash eic-simulator)", "for the simulator"),
  handler: ({ shell, program }) => context.print(completionScript(shell, program)),
});
