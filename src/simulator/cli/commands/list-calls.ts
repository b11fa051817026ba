/** `eic-simulator calls`: the calls of the API so far, as a list or as the records of CloudTrail. */
import type { CommandModule } from "yargs";
import { sendAction } from "../control.ts";
import { type Context, type FolderOption, JSON_OPTION } from "./context.ts";

export const calls = ({ screen, print }: Context): CommandModule<FolderOption, FolderOption & { json: boolean }> => ({
  command: "calls",
  describe: "show the calls of the API so far",
  builder: { json: { ...JSON_OPTION, describe: "an array of CloudTrail's records" } },
  handler: async ({ folder, json }) => {
    const { calls } = await sendAction(folder, "calls", {});
    if (json) return print(`${JSON.stringify(calls, null, 2)}\n`);
    for (const call of calls) screen.call(call);
  },
});
