/** `eic-agent completion`: the script that lets a shell complete commands, options, users and files. */
import type { CommandModule } from "yargs";
import { completionScript } from "../completion.ts";
import type { Context } from "../context.ts";
import { SHELLS, type Shell } from "../vocabulary.ts";

export const completion = (context: Context): CommandModule<object, { shell: Shell }> => ({
  command: "completion <shell>",
  describe: "print a completion script for bash or zsh",
  builder: (yargs) =>
    yargs
      .positional("shell", { choices: SHELLS, demandOption: true, describe: "the shell" })
      .example("$0 completion bash > /etc/bash_completion.d/eic-agent", "for everyone on this host")
      .example("source <($0 completion bash)", "for this shell alone")
      .example("$0 completion zsh > /usr/share/zsh/site-functions/_eic-agent", "for zsh"),
  handler: ({ shell }) => context.print(completionScript(shell)),
});
