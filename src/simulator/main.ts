/** The door of the simulator's bundle: builds what commands need of the world, and runs one. */
import "reflect-metadata"; // first of all: the certificate library looks its parts up through it
import { run } from "./cli/cli.ts";
import type { Context } from "./cli/commands/context.ts";
import { invocations } from "./cli/invocation.ts";
import { screen } from "./cli/screen.ts";

/** Put in by esbuild; not there when Node runs the sources. */
declare const __VERSION__: string;

const context: Omit<Context, "setExitStatus"> = {
  screen: screen(process.stdout, { NO_COLOR: process.env.NO_COLOR }),
  stderr: screen(process.stderr, { NO_COLOR: process.env.NO_COLOR }),
  print: (text) => void process.stdout.write(text),
  ...invocations(process.argv[1] ?? "eic-simulator"),
  version: typeof __VERSION__ === "string" ? __VERSION__ : "from source",
  shutdown: () =>
    new Promise((resolve) => {
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
      // `eic-simulator up | head`: without a reader there is nobody to end it. Later lines fail again, in silence.
      process.stdout.on("error", () => resolve());
    }),
};

run(process.argv.slice(2), context, (line) => process.stderr.write(`${line}\n`)).then((status) => {
  process.exitCode = status;
});
