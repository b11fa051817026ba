/** `eic-agent sshd`: shows whether sshd is configured to run this program, configures it, and removes that configuration. */
import type { CommandModule } from "yargs";
import { loadSettings } from "../../settings/load.ts";
import { systemPrograms } from "../../sshd/inspect/exec.ts";
import type { SessionSetting } from "../../sshd/inspect/user-environment.ts";
import { disable } from "../../sshd/wiring/disable.ts";
import { enable } from "../../sshd/wiring/enable.ts";
import { systemWorld } from "../../sshd/wiring/inspect.ts";
import { takeLock } from "../../sshd/wiring/lock.ts";
import { type Outcome, refused } from "../../sshd/wiring/outcome.ts";
import type { EnableOptions } from "../../sshd/wiring/plan.ts";
import { isClosed, isInForce, lookAtStatus } from "../../sshd/wiring/wiring-status.ts";
import { Fault } from "../../verify/errors.ts";
import { variableNames } from "../../verify/ssh/session-variables.ts";
import { SSHD_ACTIONS, type SshdAction } from "../command-table.ts";
import type { Context } from "../context.ts";
import { CliError, HelpWanted, UsageError } from "../errors.ts";
import { failureJson, outcomeJson } from "../sshd/outcome-json.ts";
import { asText, statusOf } from "../sshd/outcomes.ts";
import { interruptions } from "../sshd/signals.ts";
import { statusJson, statusText } from "../sshd/status-rows.ts";

interface Options {
  action: SshdAction | undefined;
  "dry-run": boolean | undefined;
  chain: boolean | undefined;
  trial: boolean | undefined;
  replace: boolean | undefined;
  "replace-aws": boolean | undefined;
  "edit-main": boolean | undefined;
  "no-reload": boolean | undefined;
  json: boolean | undefined;
}

type Changing = Exclude<SshdAction, "status">;

export const sshd = (context: Context): CommandModule<object, Options> => ({
  command: "sshd [action]",
  describe: "add this program to sshd's configuration, remove it, or show its state",
  builder: (yargs) =>
    yargs
      .positional("action", { choices: SSHD_ACTIONS, describe: "the action" })
      .option("dry-run", { type: "boolean", describe: "show what would change, as a diff, and change nothing" })
      .option("chain", { type: "boolean", describe: "keep another command that is in force, and run both" })
      .option("trial", { type: "boolean", describe: "the other command decides alone; compare eic-agent's answers" })
      .option("replace", { type: "boolean", describe: "replace another command that is in force" })
      .option("replace-aws", { type: "boolean", describe: "the same, but only if it is AWS's" })
      .option("edit-main", { type: "boolean", describe: "if drop-ins are not read: write a block into sshd_config" })
      .option("no-reload", { type: "boolean", describe: "do not reload the running sshd" })
      .option("json", { type: "boolean", describe: "one JSON object; docs/sshd.md describes it" })
      .example("$0 sshd status", "whether it is in force, for which users, by which line")
      .example("sudo $0 sshd enable --dry-run", "show the change, tested with sshd")
      .example("sudo $0 sshd enable --chain", "together with SSSD, opkssh or another command")
      .example("sudo $0 sshd enable --trial", "beside AWS's command, which decides: compare the answers first")
      .epilogue(
        "Exit status: 0 in force now or when sshd starts (status, enable), or removed (disable); 1 not, with " +
          "the reason and what to do; 2 usage error; 3 not known, because root is required (status).",
      ),
  handler: async (options) => {
    const { action } = options;
    if (action === undefined) throw new HelpWanted("sshd");
    checkWords(options, action);
    if (action === "status") {
      const status = await lookAtStatus(systemWorld(await sessionSetting()));
      context.print(options.json ? statusJson(status, context) : statusText(status, context));
      context.end(isClosed(status) ? 3 : isInForce(status) ? 0 : 1);
      return;
    }
    if (options.json) {
      await asJson(options, action, context);
      return;
    }
    const outcome = await changed(options, action);
    context.print(asText(outcome, context));
    context.end(statusOf(outcome));
  },
});

async function changed(options: Options, action: Changing): Promise<Outcome> {
  if (!systemPrograms.root)
    throw new CliError("changing sshd's configuration requires root", `sudo eic-agent sshd ${action}`);
  return options["dry-run"] ? done(options, action) : alone(() => done(options, action));
}

/** Prints one JSON object on standard output, even on failure. Standard error gets only the report of a bug. */
async function asJson(options: Options, action: Changing, context: Context): Promise<void> {
  const named = { action, dryRun: options["dry-run"] === true, version: context.version, now: context.now };
  try {
    const outcome = await changed(options, action);
    context.print(outcomeJson(outcome, named));
    context.end(statusOf(outcome));
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    const why = systemPrograms.root ? "failed" : "needs-root";
    context.print(failureJson({ why, message: error.message, next: [] }, named));
    context.end(1);
  }
}

async function done(options: Options, action: Changing): Promise<Outcome> {
  const { interrupted, end } = interruptions();
  const manner = { dryRun: options["dry-run"] === true, reload: options["no-reload"] !== true, interrupted };
  const wishes = { otherCommand: otherCommand(options), editMain: options["edit-main"] === true };
  try {
    if (action === "enable") return await enable(wishes, manner, systemWorld(await sessionSetting()));
    // It takes every line of ours out, whatever the settings are.
    return await disable(manner, systemWorld({ kind: "off" }));
  } finally {
    end();
  }
}

/** Reads `[session]`. Settings that cannot be read keep no login from being configured: `enable` says so, and goes on. */
async function sessionSetting(): Promise<SessionSetting> {
  try {
    const { callerVariable } = await loadSettings(undefined);
    if (callerVariable === undefined) return { kind: "off" };
    return { kind: "on", names: variableNames(callerVariable) };
  } catch (error) {
    if (error instanceof Fault) return { kind: "unread", message: error.message };
    throw error;
  }
}

/** The flags for another command that is in force; of the two that replace it, the one that goes further. */
function otherCommand(options: Options): EnableOptions["otherCommand"] {
  if (options.chain) return "chain";
  if (options.trial) return "trial";
  if (options.replace) return "replace";
  return options["replace-aws"] ? "replace-aws" : "leave";
}

async function alone(work: () => Promise<Outcome>): Promise<Outcome> {
  const lock = await takeLock(systemPrograms);
  if (lock.kind === "busy") return refused({ why: "busy" });
  if (lock.kind === "failed")
    throw new CliError(
      `/run/eic-agent-sshd.lock cannot be locked (${lock.said}), and sshd's configuration was not touched`,
      "correct that (is /run full, or read-only?), then run the same command again",
    );
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

/** Checks that the given options fit the action and each other. */
function checkWords(options: Options, action: SshdAction): void {
  const all = ["dry-run", "chain", "trial", "replace", "replace-aws", "edit-main", "no-reload", "json"] as const;
  const given = all.filter((name) => options[name]);
  const allowed: Readonly<Record<SshdAction, readonly string[]>> = {
    status: ["json"],
    enable: all,
    disable: ["dry-run", "no-reload", "json"],
  };
  const odd = given.find((name) => !allowed[action].includes(name));
  if (odd !== undefined) throw new UsageError(`sshd ${action} has no option --${odd}`);
  if (options.chain && (options.replace || options["replace-aws"]))
    throw new UsageError("--chain keeps the other command, --replace does not: use one of them");
  if (options.trial && (options.chain || options.replace || options["replace-aws"]))
    throw new UsageError(
      "with --trial the other command decides alone, with --chain and --replace not: use one of them",
    );
}
