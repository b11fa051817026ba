/** `eic-simulator instance`: adds, changes and removes instances at run time. */
import type { CommandModule } from "yargs";
import { type InstanceCondition, SERIAL_CONSOLES, STATES } from "../../imds/instances.ts";
import { present } from "../../present.ts";
import { parseAddress } from "../address.ts";
import { sendAction } from "../control.ts";
import { Usage } from "../problem.ts";
import type { Context, FolderOption } from "./context.ts";

interface Options extends FolderOption {
  id: string | undefined;
  add: boolean | undefined;
  remove: boolean | undefined;
  "availability-zone": string | undefined;
  type: string | undefined;
  metadata: string | undefined;
  address: string | undefined;
  "private-address": string | undefined;
  "ipv6-address": string | undefined;
  state: InstanceCondition["state"] | undefined;
  available: boolean | undefined;
  "serial-console": InstanceCondition["serialConsole"] | undefined;
}

export const instance = ({ screen }: Context): CommandModule<FolderOption, Options> => ({
  command: "instance",
  describe: "add an instance, change its state or its serial console, or remove it",
  builder: {
    id: { type: "string", describe: "which one", defaultDescription: "the first" },
    add: { type: "boolean", describe: "add an instance with this id" },
    remove: { type: "boolean", describe: "remove it, and its metadata service" },
    "availability-zone": { type: "string", describe: "with --add", defaultDescription: "the region's first" },
    type: { type: "string", describe: "with --add", defaultDescription: "t3.micro" },
    metadata: { type: "string", describe: "with --add: ADDRESS:PORT of a metadata service for it" },
    address: { type: "string", describe: "with --add: public IPv4 address", defaultDescription: "none" },
    "private-address": { type: "string", describe: "with --add", defaultDescription: "made from the id" },
    "ipv6-address": { type: "string", describe: "with --add", defaultDescription: "none" },
    state: { type: "string", choices: STATES, describe: "only a running instance accepts keys" },
    available: { type: "boolean", describe: "--no-available: no key can be pushed for the moment" },
    "serial-console": { type: "string", choices: SERIAL_CONSOLES, describe: "active: a session is open" },
  },
  handler: async (options) => {
    const { folder, id, add, remove, state, available, type, metadata } = options;
    const condition = present({ state, available, serialConsole: options["serial-console"] });
    const settings = present({
      availabilityZone: options["availability-zone"],
      type,
      metadata,
      address: options.address,
      privateAddress: options["private-address"],
      ipv6Address: options["ipv6-address"],
    });
    if (add && remove) throw new Usage("--add and --remove do not go together");
    if ((add || remove) && id === undefined) throw new Usage("name the instance with --id");
    const [only] = Object.keys(settings);
    if (!add && only !== undefined)
      throw new Usage("zone, type, addresses and metadata service are set with --add only");
    if (add && id !== undefined) {
      const at = metadata === undefined ? undefined : parseAddress(metadata, "--metadata");
      const added = present({ ...settings, id, metadata: at });
      return screen.status(await sendAction(folder, "instance", { add: { ...added, ...condition } }));
    }
    if (remove && id !== undefined) return screen.status(await sendAction(folder, "instance", { remove: id }));
    screen.status(await sendAction(folder, "instance", present({ id, ...condition })));
  },
});
