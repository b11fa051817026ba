/** `eic-agent explain`: what a login would get now, or got when a capture was made, step by step and key by key. */
import type { CommandModule } from "yargs";
import { type Explanation, exitStatus } from "../../explain/explanation.ts";
import type { Context } from "../context.ts";
import { UsageError } from "../errors.ts";
import { absolute, fingerprintIn, momentIn } from "../explain/arguments.ts";
import { becomeSshdUser, explainNow, programOf } from "../explain/as-sshd.ts";
import { explainKept } from "../explain/explain-capture.ts";
import { render } from "../explain/render.ts";
import { watch } from "../explain/watch.ts";

interface Options {
  user: string | undefined;
  fingerprint: string | undefined;
  at: string | undefined;
  from: string | undefined;
  watch: boolean | undefined;
  json: boolean | undefined;
  config: string | undefined;
  "no-sshd": boolean | undefined;
}

export const explain = (context: Context): CommandModule<object, Options> => ({
  command: "explain [user] [fingerprint]",
  describe: "explain why a login gets a key or not: every step, the signer, each pushed key",
  builder: (yargs) =>
    yargs
      .positional("user", { type: "string", describe: "the user that logs in; not needed with --from" })
      .positional("fingerprint", {
        type: "string",
        describe: "of the offered key, SHA256:… or MD5:…; or a public key file",
      })
      .option("at", {
        type: "string",
        describe: "judge as of this time, such as 2026-01-31T12:00:00Z",
        requiresArg: true,
      })
      .option("from", {
        type: "string",
        describe: "read a file that `capture` wrote, not the network",
        requiresArg: true,
      })
      .option("watch", { type: "boolean", describe: "repeat every 2 seconds until Ctrl-C" })
      .option("json", { type: "boolean", describe: "JSON, as docs/cli.md describes it" })
      .option("config", {
        type: "string",
        describe: "settings instead of /etc/eic-agent/config.toml",
        requiresArg: true,
      })
      .option("no-sshd", { type: "boolean", describe: "keep the current user, and do not ask sshd or run its command" })
      .example("sudo $0 explain alice", "every pushed key, as sshd would ask")
      .example("$0 explain alice ~/.ssh/id_ed25519.pub", "that key only, as a login offers it")
      .example("sudo $0 explain alice --watch", "then push a key, and watch it arrive and expire")
      .example("$0 explain --from call.json", "explain a capture, on any machine, without network")
      .epilogue(
        "Exit status: 0 success, with or without keys; 1 a Fault, or sshd's command answers differently; 2 usage error.",
      ),
  handler: async (options) => {
    const { from, user, json } = options;
    // Resolve relative paths now: the process changes to `/` when it becomes the command's user.
    const config = absolute(options.config);
    const request = { user: user ?? "", fingerprint: fingerprintIn(options.fingerprint) };
    const asking = { request, config, at: momentIn(options.at), program: programOf(context), now: context.now };
    const show = (explained: Explanation) => {
      context.print(json ? `${JSON.stringify(explained, undefined, 2)}\n` : render(explained, context));
      context.end(exitStatus(explained));
    };
    if (from !== undefined) {
      if (options.watch) throw new UsageError("--watch reads the service and cannot be combined with --from");
      return show(await explainKept(from, user, asking));
    }
    if (user === undefined) throw new UsageError("explain needs a USER, or --from FILE");
    if (options.watch && options.at !== undefined)
      throw new UsageError("--watch shows the present and cannot be combined with --at");
    const stand = await becomeSshdUser({ user, config, sshd: options["no-sshd"] !== true });
    if (!options.watch) return show(await explainNow(stand, asking));
    await watch(() => explainNow({ ...stand, command: undefined, login: undefined }, asking), context, json === true);
  },
});
