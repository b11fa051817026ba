/** `eic-simulator fault` and `clear`: set and end faults of the metadata service and the API at run time. */
import type { CommandModule } from "yargs";
import { API_ERRORS } from "../../api/api-errors.ts";
import { EC2_ERRORS } from "../../ec2/ec2-errors.ts";
import { type AnyFault, type FaultTiming, INJECTED_FAULTS } from "../../faults.ts";
import { API_NAMES, EC2_NAMES, SHORT_NAMES } from "../../paths.ts";
import { present } from "../../present.ts";
import { sendAction } from "../control.ts";
import type { Context, FolderOption } from "./context.ts";

interface Options extends FolderOption {
  name: AnyFault;
  path: string;
  times: number | undefined;
  ms: number | undefined;
  bytes: number | undefined;
  before: boolean | undefined;
  after: boolean | undefined;
}

const PATHS = `/…, "*" or ${Object.keys({ ...SHORT_NAMES, ...API_NAMES, ...EC2_NAMES }).join(", ")}`;

export const fault = ({ screen }: Context): CommandModule<FolderOption, Options> => ({
  command: "fault <name>",
  describe: "inject a fault into the answers on a path",
  builder: (yargs) =>
    yargs
      .positional("name", {
        type: "string", // "503" is a name too
        choices: Object.keys({ ...INJECTED_FAULTS, ...API_ERRORS, ...EC2_ERRORS }) as AnyFault[],
        demandOption: true,
        describe: "the fault",
      })
      .option("path", { type: "string", demandOption: true, describe: PATHS })
      .option("times", { type: "number", describe: "how many answers", defaultDescription: "all" })
      .option("ms", { type: "number", describe: "milliseconds, for slow and drip" })
      .option("bytes", { type: "number", describe: "size, for oversized" })
      .option("before", { type: "boolean", describe: "at the API: the call does not take the push" })
      .option("after", { type: "boolean", describe: "at the API: the call takes the push (default)" })
      .conflicts("before", "after")
      .epilogue(
        Object.entries(INJECTED_FAULTS)
          .map(([name, { about }]) => `  ${name.padEnd(16)}${about}`)
          .concat("", "With --path api or one of its actions, errors of the API:", ...lines(Object.keys(API_ERRORS)))
          .concat("", "With --path ec2 or DescribeInstances, errors of EC2:", ...lines(Object.keys(EC2_ERRORS)))
          .join("\n"),
      ),
  handler: async ({ folder, name, path, times, ms, bytes, before, after }) => {
    const when: FaultTiming | undefined = before ? "before" : after ? "after" : undefined;
    screen.status(await sendAction(folder, "fault", present({ fault: name, path, times, ms, bytes, when })));
  },
});

/** Returns lines of two names each. */
const lines = (names: readonly string[]): string[] =>
  names.flatMap((name, index) => (index % 2 === 0 ? [`  ${name.padEnd(46)}${names[index + 1] ?? ""}`.trimEnd()] : []));

export const clear = ({
  screen,
}: Context): CommandModule<FolderOption, FolderOption & { path: string | undefined }> => ({
  command: "clear",
  describe: "end faults: those set for a path, or all",
  builder: { path: { type: "string", describe: "as it was given to `fault`" } },
  handler: async ({ folder, path }) => {
    screen.status(await sendAction(folder, "clear", present({ path })));
  },
});
