/** `eic-simulator expire` and `reset`: end keys, or put everything back, between two tests. */
import type { CommandModule } from "yargs";
import { present } from "../../present.ts";
import { sendAction } from "../control.ts";
import type { Context, FolderOption } from "./context.ts";

interface ExpireOptions extends FolderOption {
  user: string | undefined;
  "instance-id": string | undefined;
}

export const expire = ({ screen }: Context): CommandModule<FolderOption, ExpireOptions> => ({
  command: "expire",
  describe: "end live keys without moving the clock",
  builder: {
    user: { type: "string", describe: "only this user's", defaultDescription: "all, and those on serial ports" },
    "instance-id": { type: "string", describe: "only this instance's", defaultDescription: "all" },
  },
  handler: async ({ folder, user, ...rest }) => {
    const which = present({ user, instanceId: rest["instance-id"] });
    const { ended } = await sendAction(folder, "expire", which);
    screen.line(`ended ${ended} ${ended === 1 ? "key" : "keys"}`);
  },
});

export const reset = ({ screen }: Context): CommandModule<FolderOption, FolderOption> => ({
  command: "reset",
  describe: "put everything back as it was after the start",
  handler: async ({ folder }) => screen.status(await sendAction(folder, "reset", {})),
});
