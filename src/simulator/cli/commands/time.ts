/** `eic-simulator clock` and `status`: move the simulator's clock, and show its state. */
import type { CommandModule } from "yargs";
import { present } from "../../present.ts";
import { sendAction } from "../control.ts";
import { Usage } from "../problem.ts";
import { type Context, type FolderOption, JSON_OPTION } from "./context.ts";

interface ClockOptions extends FolderOption {
  advance: number | undefined;
  at: string | undefined;
  reset: boolean | undefined;
}

export const clock = ({ screen }: Context): CommandModule<FolderOption, ClockOptions> => ({
  command: "clock",
  describe: "move the simulator's clock; the agent's stays",
  builder: {
    advance: { type: "number", describe: "seconds; negative moves it back" },
    at: { type: "string", describe: "the time that it shows from now on, as 2026-11-22T02:00:00Z" },
    reset: { type: "boolean", describe: "take every move back" },
  },
  handler: async ({ folder, advance, at, reset }) => {
    const request = present({ advance, at, reset: reset || undefined });
    if (Object.keys(request).length !== 1) throw new Usage("clock wants one of --advance, --at and --reset");
    screen.status(await sendAction(folder, "clock", request));
  },
});

export const status = ({ screen, print }: Context): CommandModule<FolderOption, FolderOption & { json: boolean }> => ({
  command: "status",
  describe: "show addresses, live keys and faults",
  builder: { json: { ...JSON_OPTION, describe: "one JSON object" } },
  handler: async ({ folder, json }) => {
    const status = await sendAction(folder, "status", {});
    if (json) return print(`${JSON.stringify(status, null, 2)}\n`);
    screen.status(status);
  },
});
