/**
 * The door: argv in, keys on standard output, an exit status. sshd uses it many times a login, so everything that only
 * people need (yargs, texts) is behind a dynamic import.
 *
 * Exit status: 0 answered, with keys or without; 1 could not answer (a Fault); 2 called wrongly.
 * Standard error is silent unless it is a terminal: sshd throws it away, and by hand one wants to know.
 */
import { fstatSync } from "node:fs";
import { type Answer, authorize } from "./authorize.ts";
import { Deadline } from "./deadline.ts";
import { print } from "./output.ts";
import { type Call, readCall } from "./request.ts";
import { DEADLINE_MS, loadSettings } from "./settings.ts";
import { openWorld } from "./world.ts";

type KeyCall = Extract<Call, { kind: "authorized-keys" }>;

async function main(): Promise<number> {
  const call = readCall(process.argv[1] ?? "", process.argv.slice(2));
  if (call.kind === "cli") return (await import("./cli/cli.ts")).runCli(call.words);
  if (call.kind === "usage") {
    await tell((report) => report.usage(call.message));
    return 2;
  }
  try {
    const answer = await answered(call);
    await tell((report) => report.answer(call.request, answer));
    return 0;
  } catch (error) {
    await tell((report) => report.failure(error));
    return 1;
  }
}

/** Gathers, judges and prints: what sshd waits for. */
async function answered({ request, config }: KeyCall): Promise<Answer> {
  const deadline = new Deadline(DEADLINE_MS.most);
  const settings = await loadSettings(config);
  deadline.lower(settings.deadlineMs);
  const answer = await authorize(
    request,
    openWorld({ settings, named: config !== undefined, signal: deadline.signal }),
  );
  if (answer.kind === "judged") await print(answer.lines.map((line) => `${line}\n`).join(""), deadline);
  deadline.end();
  return answer;
}

/** On a terminal, says in words what the exit status alone cannot. */
async function tell(what: (report: typeof import("./cli/report.ts")) => string): Promise<void> {
  if (!fstatSync(2).isCharacterDevice() || !process.getBuiltinModule("node:tty").isatty(2)) return;
  process.stderr.write(what(await import("./cli/report.ts")));
}

// A bug prints nothing either: sshd gets an exit status that it does not take for an answer.
main().then(
  (status) => process.exit(status),
  () => process.exit(1),
);
