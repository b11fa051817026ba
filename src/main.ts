/**
 * A call: words in, keys on standard output, an exit status. sshd uses it many times a login, so everything that only
 * people need (yargs, texts) is behind a dynamic import.
 *
 * Exit status: 0 answered, with keys or without; 1 could not answer (a Fault); 2 called wrongly. Where another command
 * is chained, 0 if either answered.
 * Standard error is silent unless it is a terminal: sshd throws it away, and by hand one wants to know.
 */
import { fstatSync } from "node:fs";
import { type Answer, authorize, authorizedKeysText } from "./authorize.ts";
import { Deadline, elapsed } from "./deadline.ts";
import { createDependencies } from "./dependencies.ts";
import { writeAnswer } from "./output.ts";
import { AuditRecorder } from "./recorder.ts";
import { type Argv, type Call, parseCall } from "./request.ts";
import { leaveNote, NOTE_MS, type NotedEnding } from "./service/server/note.ts";
import { DEADLINE_MS, loadSettings, type Settings } from "./settings.ts";

type KeyCall = Extract<Call, { kind: "authorized-keys" }>;

/**
 * Answers one call and ends the process.
 * @param program the name by which it was called
 * @param words the arguments
 */
export function run(program: string, words: readonly string[]): void {
  // A bug prints nothing either: sshd gets an exit status that it does not take for an answer.
  main(program, words).then(
    (status) => process.exit(status),
    () => process.exit(1),
  );
}

async function main(program: string, words: readonly string[]): Promise<number> {
  const call = parseCall(program, words);
  if (call.kind === "serve") return (await import("./service/server/process.ts")).serve(call);
  if (call.kind === "cli") return (await import("./cli/cli.ts")).runCli(call.words);
  if (call.kind === "usage") {
    await reportOnTerminal((report) => report.usage(call.message, call.command));
    return 2;
  }
  return call.other === undefined ? runSingle(call) : runChained(call, call.other);
}

/** What sshd waits for; and, if the relay asks in the place of the service, a note of it for the service. */
async function runSingle(call: KeyCall): Promise<number> {
  const ending = await answered(call);
  // Only after the answer, of which nothing changes any more. --within is the relay's: nobody else counts as a call.
  if (call.within !== undefined) await leaveNote(ending, call.within - elapsed());
  return ending === "failed" ? 1 : 0;
}

async function answered(call: KeyCall): Promise<NotedEnding> {
  const deadline = new Deadline(Math.min(DEADLINE_MS.most, call.within ?? DEADLINE_MS.most));
  const recorder = recorderOf(call);
  try {
    const answer = await authorizeAndRecord(call, loadSettings(call.config), deadline, recorder);
    const lines = authorizedKeysText(answer);
    await writeAnswer(Buffer.from(lines), deadline);
    deadline.end();
    await reportOnTerminal((report) => report.answer(call.request, answer));
    return lines === "" ? "without-keys" : "keys";
  } catch (error) {
    await recorder.failure(error);
    await reportOnTerminal((report) => report.failure(error));
    return "failed";
  }
}

/** The same with another command beside it; what that takes is loaded only here. */
async function runChained(call: KeyCall, words: Argv): Promise<number> {
  const { runChained: beside } = await import("./chained/run-chained.ts");
  const recorder = recorderOf(call);
  const judge = (settings: Promise<Settings>) =>
    authorizeAndRecord(call, settings, new Deadline(DEADLINE_MS.most), recorder);
  const load = () => loadSettings(call.config);
  return beside(words, {
    request: call.request,
    load,
    judge,
    textOf: authorizedKeysText,
    isHeard: stderrIsTerminal(),
    tell: reportOnTerminal,
    recorder,
  });
}

/** Gathers, judges and records. */
async function authorizeAndRecord(
  { request, config, within }: KeyCall,
  loading: Promise<Settings>,
  deadline: Deadline,
  recorder: AuditRecorder,
): Promise<Answer> {
  const settings = await loading;
  const given = within === undefined ? DEADLINE_MS.most : within - NOTE_MS;
  deadline.lower(Math.min(settings.deadlineMs, given) - recorder.use(settings.audit));
  const left = () => deadline.left;
  const world = createDependencies({ settings, named: config !== undefined, signal: deadline.signal, left });
  const answer = await authorize(request, world);
  await recorder.answer(answer, deadline);
  return answer;
}

const recorderOf = ({ request }: KeyCall): AuditRecorder =>
  new AuditRecorder(request, (why) => reportOnTerminal((report) => report.unrecorded(why)));

/** On a terminal, says in words what the exit status alone cannot. */
async function reportOnTerminal(what: (report: typeof import("./cli/terminal-report.ts")) => string): Promise<void> {
  if (stderrIsTerminal()) process.stderr.write(what(await import("./cli/terminal-report.ts")));
}

/** Whether anybody hears what is said on standard error: only a terminal. */
const stderrIsTerminal = (): boolean =>
  fstatSync(2).isCharacterDevice() && process.getBuiltinModule("node:tty").isatty(2);
