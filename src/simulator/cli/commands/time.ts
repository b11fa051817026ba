/** `eic-simulator clock` and `status`: move the simulator's clock, and show its state. */
import type { CommandModule } from "yargs";
import { sendAction } from "../control.ts";
import type { Context, FolderOption } from "./context.ts";

export const clock = ({ screen }: Context): CommandModule<FolderOption, FolderOption & { advance: number }> => ({
  command: "clock",
  describe: "move the simulator's clock; the agent's stays",
  builder: { advance: { type: "number", demandOption: true, describe: "seconds; negative moves it back" } },
  handler: async ({ folder, advance }) => screen.status(await sendAction(folder, "clock", { advance })),
});

export const status = ({ screen }: Context): CommandModule<FolderOption, FolderOption> => ({
  command: "status",
  describe: "show addresses, live keys and faults",
  handler: async ({ folder }) => screen.status(await sendAction(folder, "status", {})),
});
