/** `eic-simulator principal`: adds, changes and removes principals while the simulator runs. */
import type { CommandModule } from "yargs";
import { DENIALS, type Denial, PERMITTED_ACTIONS, type PermittedAction, type Principal } from "../../api/principals.ts";
import { present } from "../../present.ts";
import { sendAction } from "../control.ts";
import { credentialsEnvironment, exportLines } from "../environment.ts";
import { Usage } from "../problem.ts";
import { type Context, type FolderOption, JSON_OPTION } from "./context.ts";

interface Options extends FolderOption {
  arn: string | undefined;
  add: boolean | undefined;
  remove: boolean | undefined;
  json: boolean;
  "access-key-id": string | undefined;
  "secret-access-key": string | undefined;
  "session-token": string | undefined;
  instances: string | undefined;
  "os-users": string | undefined;
  actions: string | undefined;
  "denied-with": Denial | undefined;
  account: NonNullable<Principal["account"]> | undefined;
}

const list = (describe: string) => ({ type: "string", describe: `${describe}, separated by commas; *: all` }) as const;

export const principal = ({ screen, print }: Context): CommandModule<FolderOption, Options> => ({
  command: "principal",
  describe: "add a principal, change its permissions, or remove it",
  builder: (yargs) =>
    yargs.options({
      arn: { type: "string", describe: "the principal" },
      add: { type: "boolean", describe: "add it, and print its credentials as lines for a shell" },
      remove: { type: "boolean", describe: "remove it" },
      json: { ...JSON_OPTION, describe: "print the principal with its credentials as JSON" },
      "access-key-id": { type: "string", describe: "also names a principal, if several have the ARN" },
      "secret-access-key": { type: "string", describe: "with --add", defaultDescription: "generated" },
      "session-token": { type: "string", describe: "with --add; every request must then have it" },
      instances: list("ids that it may reach"),
      "os-users": list("OS users that it may push for"),
      actions: list(`actions that it may call: ${PERMITTED_ACTIONS.join(", ")}`),
      "denied-with": { choices: DENIALS, describe: "the error for another instance or OS user" },
      account: { choices: ["active", "not-subscribed", "not-authorized"], describe: "of the principal" },
    }) as never,
  handler: async (options) => {
    const { folder, arn, add, remove, json } = options;
    const accessKeyId = options["access-key-id"];
    const which = accessKeyId ?? arn;
    if (which === undefined || (add && arn === undefined)) throw new Usage("name a principal with --arn");
    if (add && remove) throw new Usage("--add and --remove do not go together");
    if (remove) return screen.status(await sendAction(folder, "principal", { remove: which }));

    const permissions = permissionsIn(options);
    const credentials = present({
      accessKeyId,
      secretAccessKey: options["secret-access-key"],
      sessionToken: options["session-token"],
    });
    if (!add && (credentials.secretAccessKey ?? credentials.sessionToken) !== undefined) {
      throw new Usage("credentials are set with --add only");
    }
    const request = add
      ? { add: { arn: arn as string, ...credentials, ...withoutNull(permissions) } }
      : { change: which, permissions };
    const { principal, region } = await sendAction(folder, "principal", request);
    if (json) return print(`${JSON.stringify(principal, null, 2)}\n`);
    if (add) return print(`${exportLines(credentialsEnvironment({ credentials: principal, region })).join("\n")}\n`);
    screen.line(`changed ${principal.arn}`);
  },
});

/** Null lifts a limit: JSON has no undefined. */
function permissionsIn(options: Options) {
  return present({
    instances: listed(options.instances),
    osUsers: listed(options["os-users"]),
    actions: listed(options.actions) as PermittedAction[] | null | undefined,
    deniedWith: options["denied-with"],
    account: options.account,
  });
}

const listed = (text: string | undefined): string[] | null | undefined => (text === "*" ? null : text?.split(","));

const withoutNull = <T extends object>(values: T): { [K in keyof T]: NonNullable<T[K]> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)) as never;
