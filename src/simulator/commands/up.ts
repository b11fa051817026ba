/** `eic-simulator up`: starts everything, says what to paste next, shows what happens, and ends on Ctrl-C. */
import type { CommandModule } from "yargs";
import { parseAddress } from "../address.ts";
import { serveControl } from "../control.ts";
import { ownFolder } from "../folder.ts";
import { codeOf, messageOf, Problem } from "../problem.ts";
import type { Address } from "../server.ts";
import { type Simulator, type SimulatorOptions, startSimulator } from "../simulator.ts";
import { welcome } from "../welcome.ts";
import type { Context, FolderOption } from "./context.ts";

interface Options extends FolderOption {
  listen: string[];
  region: string;
  domain: string;
  partition: string;
  "instance-id": string;
  "availability-zone": string | undefined;
  caller: string | undefined;
}

export const up = (context: Context): CommandModule<FolderOption, Options> => ({
  command: "up",
  describe: "start the simulated service, and show what happens until Ctrl-C",
  builder: {
    listen: { type: "string", array: true, default: ["127.0.0.1:0"], describe: "ADDRESS:PORT; port 0: any free one" },
    region: { type: "string", default: "us-east-1", describe: "stands in the signer's name" },
    domain: { type: "string", default: "amazonaws.com", describe: "stands in the signer's name" },
    partition: { type: "string", default: "aws", describe: "what services/partition says" },
    "instance-id": { type: "string", default: "i-0abcdef1234567890", describe: "the instance that keys are for" },
    "availability-zone": { type: "string", describe: "of the instance", defaultDescription: "the region's first" },
    caller: { type: "string", describe: "ARN of who pushes, where a push names nobody" },
  },
  handler: async (options) => {
    // Listened for from the start: a Ctrl-C while it starts ends it as cleanly.
    const ended = context.ended();
    const addresses = options.listen.map(parseAddress);
    const folder = await ownFolder(options.folder);
    const simulator = await started(simulatorOptions(options, addresses, context));
    try {
      const close = await serveControl(folder, simulator);
      try {
        const trust = options.domain === "amazonaws.com" ? {} : { trust: { domains: [options.domain] } };
        const written = await simulator.writeSettings(folder, trust);
        await welcome(context, simulator, { folder, addresses, written });
        await ended;
      } finally {
        await close();
      }
    } finally {
      await simulator.close();
    }
    context.screen.line(`stopped after ${simulator.requests.length} requests`);
  },
});

function simulatorOptions(options: Options, addresses: Address[], { screen }: Context): SimulatorOptions {
  const { region, domain, partition, caller } = options;
  const [first, ...others] = addresses;
  const zone = options["availability-zone"];
  return {
    ...{ region, domain, partition, instanceId: options["instance-id"] },
    ...(first === undefined ? {} : { listen: [first, ...others] }),
    ...(zone === undefined ? {} : { availabilityZone: zone }),
    ...(caller === undefined ? {} : { caller }),
    authority: { renewStaples: true },
    onRequest: (record) => screen.request(record),
    onPush: (pushed) => screen.pushed(pushed),
  };
}

async function started(options: SimulatorOptions): Promise<Simulator> {
  try {
    return await startSimulator(options);
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    throw new Problem(`cannot listen: ${messageOf(error)}`, "name another --listen ADDRESS:PORT", { cause: error });
  }
}
