/**
 * Answers one call: arguments in, keys on standard output, an exit status. sshd runs it many times per login, so
 * everything that only people need (yargs, texts) is behind a dynamic import.
 *
 * Exit status: 0 answered, with or without keys; 1 could not answer (a Fault); 2 wrong usage. If another command is
 * chained, 0 if either answered.
 * Nothing is written to standard error unless it is a terminal: sshd discards it, but a person at a terminal needs it.
 */
import { type Answer, authorize, authorizedKeysText } from "./authorize.ts";
import { Deadline, elapsed } from "./deadline.ts";
import { createDependencies } from "./dependencies.ts";
import { writeAnswer } from "./output.ts";
import { AuditRecorder } from "./recorder.ts";
import { terminalReporter } from "./reporter.ts";
import { type Argv, type Call, parseCall } from "./request.ts";
import { leaveNote, NOTE_MS, type NotedEnding } from "./service/server/note.ts";
import type { Settings } from "./settings/defaults.ts";
import { DEADLINE_MS, RECORD_MS, STARVED_MS } from "./settings/limits.ts";
import { loadSettings } from "./settings/load.ts";

type KeyCall = Extract<Call, { kind: "authorized-keys" }>;

const reporter = terminalReporter();

/**
 * Answers one call and ends the process.
 * @param program the name by which it was called
 * @param words the arguments
 */
export function run(program: string, words: readonly string[]): void {
  // A bug prints no key either: sshd gets an exit status that it does not accept as an answer.
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
    await reporter.usage(call.message, call.command);
    return 2;
  }
  if (call.isTrial) return compareOnly(call);
  return call.other === undefined ? runSingle(call) : runWithChained(call, call.other);
}

/** Answers a call. If the relay runs this program in place of the service, leaves a note for the service. */
async function runSingle(call: KeyCall): Promise<number> {
  const ending = await answered(call);
  // The note follows the answer and cannot change it. Only the relay passes --within; no other call is counted.
  if (call.within !== undefined) await leaveNote(ending, call.within - elapsed());
  return ending === "failed" ? 1 : 0;
}

async function answered(call: KeyCall): Promise<NotedEnding> {
  const deadline = deadlineOf(call);
  const recorder = recorderOf(call);
  try {
    const answer = await authorizeAndRecord(call, loadSettings(call.config), deadline, recorder);
    const lines = authorizedKeysText(answer);
    await writeAnswer(Buffer.from(lines), deadline);
    deadline.end();
    await reporter.answer(call.request, answer);
    return lines === "" ? "without-keys" : "keys";
  } catch (error) {
    await recorder.failure(error);
    await reporter.failure(error);
    return "failed";
  }
}

/** Compares this program's answer with the report of a trial, on standard input. The modules for that are loaded only here. */
async function compareOnly(call: KeyCall): Promise<number> {
  const { runTrial } = await import("./trial/one-shot.ts");
  const recorder = recorderOf(call);
  const judge = () => judged(call, loadSettings(call.config), deadlineOf(call), recorder);
  const comparison = await runTrial({ request: call.request, judge, recorder });
  if (comparison === undefined) return 2;
  if (call.within !== undefined) await leaveNote(comparison, call.within - elapsed());
  return 0;
}

/** Answers a call together with a chained command. The modules for that are loaded only here. */
async function runWithChained(call: KeyCall, words: Argv): Promise<number> {
  const { runChained } = await import("./chained/run-chained.ts");
  const recorder = recorderOf(call);
  const judge = (settings: Promise<Settings>) => authorizeAndRecord(call, settings, deadlineOf(call), recorder);
  const load = () => loadSettings(call.config);
  return runChained(words, {
    request: call.request,
    load,
    judge,
    textOf: authorizedKeysText,
    reporter,
    recorder,
  });
}

/** The deadline of a call, counted from the start of the process. With --within, the note and the record are within that. */
function deadlineOf({ within }: KeyCall): Deadline {
  const ms = Math.min(DEADLINE_MS.most, within ?? DEADLINE_MS.most);
  const latest = (within === undefined ? STARVED_MS : within - NOTE_MS) - RECORD_MS;
  return new Deadline(ms, 0, Math.max(ms, latest));
}

/** Gathers the evidence, judges it and records the result. */
async function authorizeAndRecord(
  call: KeyCall,
  loading: Promise<Settings>,
  deadline: Deadline,
  recorder: AuditRecorder,
): Promise<Answer> {
  const answer = await judged(call, loading, deadline, recorder);
  await recorder.answer(answer, deadline);
  return answer;
}

/** Gathers the evidence and judges it. */
async function judged(
  { request, config, within }: KeyCall,
  loading: Promise<Settings>,
  deadline: Deadline,
  recorder: AuditRecorder,
): Promise<Answer> {
  const settings = await loading;
  recorder.configure(settings.audit);
  const given = within === undefined ? DEADLINE_MS.most : within - NOTE_MS;
  deadline.lower(Math.min(settings.deadlineMs, given) - recorder.reservedMs);
  const left = () => deadline.left;
  const world = createDependencies({ settings, named: config !== undefined, signal: deadline.signal, left });
  return authorize(request, world);
}

const recorderOf = ({ request }: KeyCall): AuditRecorder =>
  new AuditRecorder(request, (why) => reporter.unrecorded(why));
