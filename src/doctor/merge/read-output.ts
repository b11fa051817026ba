/**
 * Reads the text that a fleet's tool kept of `eic-agent doctor --json` on one host. Forms: the output alone; with other text
 * around it, as `ansible` prints it; the JSON of a command's run that has the output as a string: a file of `ansible --tree`
 * (stdout), a reply of SSM's GetCommandInvocation (StandardOutputContent). Pure.
 */
import { quoted } from "../../verify/verdict.ts";
import { objectsIn } from "./find-objects.ts";
import { type HostReading, hostResultOf, isDoctorResult, unreadable } from "./host-result.ts";

/** Returns the result in a text, or the reason why there is none. */
export function readOutput(text: string): HostReading {
  const objects = objectsIn(text);
  const [result, second] = [...objects.filter(isDoctorResult), ...objects.filter(isRun)];
  // Counted as one host, the others would be lost; also one that is cut off.
  if (second !== undefined || (text.match(BEGINNING)?.length ?? 0) > 1) return unreadable(SEVERAL);
  if (result === undefined) return unreadable(cutOff(text) ?? whyNone(text));
  return isDoctorResult(result) ? hostResultOf(result) : readRun(result);
}

const SEVERAL = "several results in one file; each host needs its own file";
/** The beginning of a result as this program prints it. */
const BEGINNING = /\{\s*"format"\s*:\s*\d/g;

/** Checks for the JSON of a command's run. If the host was not reached, it has no output. */
const isRun = (object: object): boolean =>
  !isDoctorResult(object) && (outputOf(object) !== undefined || "unreachable" in object);

function readRun(run: object): HostReading {
  const output = outputOf(run) ?? "";
  const [first, second] = objectsIn(output).filter(isDoctorResult);
  if (first === undefined) return unreadable(cutOff(output) ?? whyNoOutput(run));
  return second === undefined ? hostResultOf(first) : unreadable(SEVERAL);
}

function outputOf(object: object): string | undefined {
  const { stdout, StandardOutputContent: content } = object as Record<string, unknown>;
  return [stdout, content].find((value) => typeof value === "string");
}

/**
 * Returns the reason if the text has the beginning of a result. SSM keeps 24,000 characters of an output, and 2,500 in
 * its lists of invocations. The overall status comes before the checks, so it is usually there.
 */
function cutOff(text: string): string | undefined {
  const start = text.search(BEGINNING);
  if (start === -1) return undefined;
  const status = /"status": ?"(ok|warning|failed)"/.exec(text.slice(start, start + 1000))?.[1];
  const told = status === undefined ? "" : `; its status is ${status}`;
  return `the JSON is cut off or damaged, ${text.length} characters in all${told}`;
}

/** Returns why a run has no output: the host was not reached, or another command answered. */
function whyNoOutput(run: object): string {
  const { unreachable: away, rc, ResponseCode: code, stderr, StandardErrorContent: content, msg } = run as Run;
  const what = away === true ? "host not reached" : "no result of doctor --json";
  const status = [rc, code].find((value) => typeof value === "number");
  const words = [stderr, content, msg].find((value) => typeof value === "string" && value.trim() !== "");
  const facts = [
    ...(status === undefined ? [] : [`exit status ${status}`]),
    ...(typeof words === "string" ? [quoted(firstLine(words))] : []),
  ];
  return facts.length === 0 ? what : `${what} (${facts.join(", ")})`;
}

interface Run {
  readonly unreachable?: unknown;
  readonly rc?: unknown;
  readonly ResponseCode?: unknown;
  readonly stderr?: unknown;
  readonly StandardErrorContent?: unknown;
  readonly msg?: unknown;
}

function whyNone(text: string): string {
  if (text.trim() === "") return "empty";
  return `no result of doctor --json in it; it begins with ${quoted(firstLine(text))}`;
}

const firstLine = (text: string): string => text.trim().split(/\r?\n/, 1)[0]?.slice(0, 200) ?? "";
