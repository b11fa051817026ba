/** `eic-agent settings check`: checks a settings file before it is put in place. */
import type { CommandModule } from "yargs";
import { SETTINGS_PATH } from "../../settings/limits.ts";
import { SETTINGS_ACTIONS, type SettingsAction } from "../command-table.ts";
import type { Context } from "../context.ts";
import { absolute } from "../explain/arguments.ts";
import { checkSettings } from "../settings/check.ts";
import { asJson, asText } from "../settings/render-settings.ts";

interface Options {
  action: SettingsAction;
  file: string | undefined;
  "text-only": boolean | undefined;
  json: boolean | undefined;
}

export const settings = (context: Context): CommandModule<object, Options> => ({
  command: "settings <action> [file]",
  describe: "check a settings file: print every problem with its line and the correct form",
  builder: (yargs) =>
    yargs
      .positional("action", { choices: SETTINGS_ACTIONS, demandOption: true, describe: "the action" })
      .positional("file", { type: "string", describe: `the file; ${SETTINGS_PATH} without one` })
      .option("text-only", { type: "boolean", describe: "do not read the files that it names, such as anchors" })
      .option("json", { type: "boolean", describe: "one JSON object; docs/settings.md describes it" })
      .example("$0 settings check", "the installed settings, with owner and mode")
      .example("$0 settings check new.toml", "a file before it is rolled out")
      .epilogue("Exit status: 0 valid; 1 invalid, with the reasons; 2 usage error."),
  handler: async ({ file, json, "text-only": textOnly }) => {
    const report = await checkSettings({ file: absolute(file) ?? SETTINGS_PATH, files: textOnly !== true });
    context.print(json ? asJson(report, context.version) : asText(report));
    context.end(report.problems.length === 0 ? 0 : 1);
  },
});
