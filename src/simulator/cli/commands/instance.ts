/** `eic-simulator instance`: changes an instance at run time: its state, its serial console. */
import type { CommandModule } from "yargs";
import { type InstanceCondition, SERIAL_CONSOLES, STATES } from "../../imds/instances.ts";
import { present } from "../../present.ts";
import { sendAction } from "../control.ts";
import type { Context, FolderOption } from "./context.ts";

interface Options extends FolderOption {
  id: string | undefined;
  state: InstanceCondition["state"] | undefined;
  available: boolean | undefined;
  "serial-console": InstanceCondition["serialConsole"] | undefined;
}

export const instance = ({ screen }: Context): CommandModule<FolderOption, Options> => ({
  command: "instance",
  describe: "change an instance: its state, its serial console",
  builder: {
    id: { type: "string", describe: "which one", defaultDescription: "the first" },
    state: { type: "string", choices: STATES, describe: "only a running instance accepts keys" },
    available: { type: "boolean", describe: "--no-available: no key can be pushed for the moment" },
    "serial-console": { type: "string", choices: SERIAL_CONSOLES, describe: "active: a session is open" },
  },
  handler: async (options) => {
    const { folder, id, state, available } = options;
    const serialConsole = options["serial-console"];
    screen.status(await sendAction(folder, "instance", present({ id, state, available, serialConsole })));
  },
});
