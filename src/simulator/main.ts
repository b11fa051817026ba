/** Entry point of the simulator's bundle: builds the context that commands need, and runs one command. */
import "reflect-metadata"; // must be first: the certificate library looks up its parts through it
import { run } from "./cli/cli.ts";
import type { Context } from "./cli/commands/context.ts";
import { invocations } from "./cli/invocation.ts";
import { screen } from "./cli/screen.ts";
import { agentCommand } from "./cli/sshd/agent-command.ts";

/** Inserted by esbuild; not defined when Node runs the sources. */
declare const __VERSION__: string;

const script = process.argv[1] ?? "eic-simulator";

const context: Omit<Context, "setExitStatus"> = {
  screen: screen(process.stdout, { NO_COLOR: process.env.NO_COLOR }),
  stderr: screen(process.stderr, { NO_COLOR: process.env.NO_COLOR }),
  print: (text) => void process.stdout.write(text),
  ...invocations(script),
  agentCommand: (config) => agentCommand(script, config),
  version: typeof __VERSION__ === "string" ? __VERSION__ : "from source",
  shutdown: () =>
    new Promise((resolve) => {
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
      // `eic-simulator up | head`: ends when the reader is gone, as nothing else would end it. Later lines fail silently.
      process.stdout.on("error", () => resolve());
    }),
};

run(process.argv.slice(2), context, (line) => process.stderr.write(`${line}\n`)).then((status) => {
  process.exitCode = status;
});
