/** `eic-simulator up`: starts everything, prints commands to paste, shows events, and ends on Ctrl-C. */
import { join } from "node:path";
import type { CommandModule } from "yargs";
import { type Simulator, type SimulatorOptions, startSimulator } from "../../simulator.ts";
import { parseAddress } from "../address.ts";
import { writeAgentSettings } from "../agent-settings.ts";
import { callLog } from "../call-log.ts";
import { serveControl } from "../control.ts";
import { environment, writeEnvironment } from "../environment.ts";
import { raisePriority } from "../priority.ts";
import { messageOf, Problem } from "../problem.ts";
import { announceReady, checkReadyFd } from "../ready.ts";
import { runWith } from "../run-command.ts";
import type { Screen } from "../screen.ts";
import { type RunningSshd, startSshd } from "../sshd/start-sshd.ts";
import { ownFolder, ownName } from "../state-dir.ts";
import { welcome } from "../welcome.ts";
import type { Context, FolderOption } from "./context.ts";
import { simulatorOptions, UP_OPTIONS, type UpOptions } from "./up-options.ts";

export const up = (context: Context): CommandModule<FolderOption, UpOptions> => ({
  command: "up",
  describe: "start the simulated service, and show what happens until Ctrl-C, or until the command after -- ends",
  builder: UP_OPTIONS as Record<keyof UpOptions, object>,
  handler: async (options) => {
    // Signals are handled from the start: a Ctrl-C during the start also ends it cleanly.
    const ended = context.shutdown();
    const [program, ...words] = options["--"] ?? [];
    const readyFd = options["ready-fd"];
    if (readyFd !== undefined) checkReadyFd(readyFd);
    raisePriority();
    // Stdout is reserved for the log or the command, if there is one.
    const screen = program !== undefined || options.log === "-" ? context.stderr : context.screen;
    const settings = await simulatorOptions(options);
    const folder = await ownFolder(options.folder);
    const log = options.log === undefined ? undefined : callLog(options.log, context.print);
    const cleanUp: (() => unknown)[] = [() => log?.close()];
    try {
      const simulator = await started({
        ...settings,
        onRequest: (record) => screen.request(record),
        onPush: (pushed) => screen.pushed(pushed),
        onCall: (record) => {
          log?.write(record);
          screen.call(record);
        },
      });
      cleanUp.push(() => simulator.close());
      cleanUp.push(await serveControl(folder, simulator));
      await writeAgentSettings(simulator, folder);
      const sshd = await startedSshd(options, context, simulator, folder, screen);
      cleanUp.push(() => sshd?.stop());
      cleanUp.push(await writeEnvironment(folder, simulator, sshd));
      if (readyFd !== undefined) announceReady(readyFd, simulator, folder);
      const own = settings.instances?.flatMap(({ metadata }) => metadata ?? []) ?? [];
      const addresses = [...(settings.listen ?? []), ...own, settings.api];
      if (program !== undefined) {
        return context.setExitStatus(await runWith([program, ...words], environment(simulator, folder, sshd), ended));
      }
      await welcome({ ...context, screen }, simulator, { folder, addresses, sshd });
      // The last line of the start: what reads this output can wait for it.
      screen.line("ready");
      await ended;
      cleanUp.unshift(() => screen.line(`stopped after ${simulator.requestCount} requests`));
    } finally {
      for (const clean of cleanUp.reverse()) await clean();
    }
  },
});

/** @returns undefined without --sshd */
async function startedSshd(
  { sshd }: UpOptions,
  { agentCommand }: Context,
  simulator: Simulator,
  folder: string,
  screen: Screen,
): Promise<RunningSshd | undefined> {
  if (sshd === undefined) return undefined;
  const address = sshd === "" ? { host: "127.0.0.1", port: 0 } : parseAddress(sshd, "--sshd");
  const agent = agentCommand(join(folder, "config.toml"));
  if (agent === undefined) throw new Problem("there is no eic-agent for sshd", "install it, or start without --sshd");
  const onLine = (line: string) => screen.sshd(line);
  return startSshd({ folder, address, instanceId: simulator.instanceId, agent, ownName: ownName(), onLine });
}

async function started(options: SimulatorOptions): Promise<Simulator> {
  try {
    return await startSimulator(options);
  } catch (error) {
    if (error instanceof Error && "syscall" in error && error.syscall === "listen") {
      throw new Problem(`cannot listen: ${messageOf(error)}`, "name another ADDRESS:PORT", { cause: error });
    }
    throw error;
  }
}
