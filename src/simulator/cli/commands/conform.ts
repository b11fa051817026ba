/** `eic-simulator conform`: holds any AuthorizedKeysCommand against the requirements, each with its cases. */
import { text } from "node:stream/consumers";
import type { CommandModule } from "yargs";
import { type Plan, type Result, runLane } from "../../conform/lane.ts";
import { LANE, play } from "../../conform/lanes.ts";
import { markdown } from "../../conform/markdown.ts";
import { asJson, conforms, judged, showTable, summary } from "../../conform/report.ts";
import type { Requirement } from "../../conform/requirement.ts";
import { casesOf, selected } from "../../conform/table.ts";
import { writeEvidence } from "../../conform/write-evidence.ts";
import { present } from "../../present.ts";
import { Usage } from "../problem.ts";
import type { Context, FolderOption } from "./context.ts";

interface Options extends FolderOption {
  only: string | undefined;
  prepare: string | undefined;
  keep: string | undefined;
  limit: number;
  strict: boolean;
  json: boolean;
  list: boolean;
  markdown: boolean;
  /** The command, after "--". */
  "--"?: string[];
}

/** Seconds: sshd asks once for each key that a client offers, and permits six keys (MaxAuthTries) in two minutes. */
const LIMIT = 20;

export const conform = (context: Context): CommandModule<FolderOption, Options> => ({
  command: "conform",
  describe: "test an AuthorizedKeysCommand, given after --, against the requirements of docs/conformance.md; as root",
  builder: {
    only: { type: "string", describe: "ids, as CHAIN-3 or 'CHAIN-*,OCSP-*'", defaultDescription: "all" },
    prepare: { type: "string", describe: "line for sh, before each case: the adapter of the command" },
    keep: { type: "string", describe: "folder that gets what was served in each failed case" },
    limit: { type: "number", default: LIMIT, describe: "seconds in which a call must end" },
    strict: { type: "boolean", default: false, describe: "a SHOULD that is not met counts as well" },
    json: { type: "boolean", default: false, describe: "print one object, with requirements and cases" },
    list: { type: "boolean", default: false, describe: "print the requirements, and run nothing" },
    markdown: { type: "boolean", default: false, describe: "print docs/conformance.md, and run nothing" },
  },
  handler: async (options) => {
    if (process.env[LANE] !== undefined) {
      const plan = JSON.parse(await text(process.stdin)) as Plan;
      return runLane(plan, (result) => context.print(`${JSON.stringify(result)}\n`));
    }
    const requirements = selected(options.only);
    if (requirements.length === 0) throw new Usage(`no requirement matches ${options.only}; --list shows them`);
    if (options.markdown) return context.print(markdown(requirements));
    if (options.list) return list(requirements, context);
    return test(requirements, options, context);
  },
});

function list(requirements: readonly Requirement[], { screen }: Context): void {
  for (const { id, level, text: sentence, cases } of requirements) {
    screen.line(`${id.padEnd(9)} ${level.padEnd(6)} ${String(cases.length).padStart(2)} cases  ${sentence}`);
  }
}

async function test(requirements: readonly Requirement[], options: Options, context: Context): Promise<void> {
  const { "--": words = [], prepare, limit, keep, json, strict } = options;
  if (words.length === 0) throw new Usage("name a command after --, as /path/to/command {user} {fingerprint}");
  if (!words.some((word) => word.includes("{user}"))) throw new Usage("the command after -- has no {user}");
  if (!(limit > 0)) throw new Usage(`--limit is not a number of seconds: ${limit}`);
  const takesFingerprint = words.some((word) => word.includes("{fingerprint}"));
  const cases = casesOf(requirements).filter(({ one }) => takesFingerprint || one.needsFingerprint !== true);

  const results = new Map<string, Result>();
  const progress = process.stderr.isTTY ? (line: string) => void process.stderr.write(`\r${line}\x1b[K`) : () => {};
  const run = { words, limit, isKept: keep !== undefined, ended: context.shutdown(), ...present({ prepare }) };
  await play(cases, run, (result) => {
    results.set(result.name, result);
    progress(`${results.size} of ${cases.length} cases, ${result.name}`);
    if (keep !== undefined && result.failures.length > 0) writeEvidence(keep, result);
  });
  progress("");

  const all = judged(requirements, results);
  if (json) context.print(`${JSON.stringify(asJson(all, strict), null, 2)}\n`);
  else {
    showTable(all, context.screen, keep);
    context.screen.line(summary(all));
  }
  context.setExitStatus(conforms(all, strict) ? 0 : 1);
}
