/**
 * What sshd's own command answers, run as sshd runs it, and whether that is what was explained. Where another program is
 * wired, or an older one, or one with other settings, this is where it shows.
 */

import { type CommandResult, describeExit, succeeded } from "../exec/result.ts";
import { expandCommand, splitArgs, type TokenValues } from "../sshd/inspect/command-line.ts";
import { agentOf } from "../sshd/inspect/command-owner.ts";
import type { FaultCode } from "../verify/errors.ts";
import type { Explanation } from "./explanation.ts";
import { claimedFingerprint, type KeyReport } from "./keys.ts";

export interface CommandReport {
  /** As sshd_config has it. */
  readonly command: string;
  readonly user: string;
  readonly runs: readonly RunReport[];
  /** False where any run answered something else; null where it could not be run. */
  readonly agrees: boolean | null;
  /** Why, or whose command it is. */
  readonly note: string | null;
}

export interface RunReport {
  /** Of the offered key, as sshd gives it for %f; null where the command does not want one. */
  readonly fingerprint: string | null;
  readonly ending: string;
  readonly milliseconds: number;
  /** Who answered, where sshd's command is one that asks the warm service; null: not known, or it never asks. */
  readonly by: Answerer | null;
  /** The service's own Fault, where it answered with one: its call was not that of `explain`. */
  readonly fault: ServiceFault | null;
  /** Keys that it printed, by fingerprint. */
  readonly printed: readonly string[];
  /** Accepted here, and not printed there. */
  readonly missing: readonly string[];
  /** Printed there, and not accepted here. */
  readonly unexpected: readonly string[];
  readonly agrees: boolean;
}

/** The settings that a command of ours names; undefined where it takes the usual ones, or is not ours. */
export function settingsNamedBy(command: string): string | undefined {
  if (agentOf(command)?.ours !== true) return undefined;
  const words = splitArgs(command) ?? [];
  return words[words.indexOf("--config") + 1 || words.length];
}

/** The warm service; or, where that gave no answer, the program that the relay then becomes. */
export type Answerer = "service" | "process";

export interface ServiceFault {
  readonly code: FaultCode;
  /** Null where only its number is known: another call came between. */
  readonly message: string | null;
  readonly hint: string;
}

/** What a command did, and who answered in it. */
type Ran = CommandResult & { readonly by: Answerer | null; readonly fault: ServiceFault | null };

/** Runs a command to its end, as sshd would. Never rejects. */
export type RunCommand = (words: readonly [string, ...string[]]) => Promise<Ran>;

/** Keys that are asked for one by one: more would be a crowd of processes for the same answer. */
const MOST_RUNS = 3;
/** No key has it: what sshd asks with when a key is offered that nobody pushed. */
const UNUSED_FINGERPRINT = `SHA256:${"A".repeat(43)}`;

export async function compare(
  { text, user }: { readonly text: string; readonly user: string },
  explained: Explanation,
  run: RunCommand,
  now: () => Date,
): Promise<CommandReport> {
  const agent = agentOf(text);
  const chained = agent !== undefined && agent.chained.length > 0;
  const runs: RunReport[] = [];
  for (const offered of testKeys(text, explained)) {
    const [program, ...words] = expandCommand(text, { u: explained.user, ...offered.values }) ?? [];
    if (program === undefined) {
      const note = "it wants a token that only a login has, so it was not run";
      return { command: text, user, runs: [], agrees: null, note };
    }
    const other = await run([program, ...words]);
    runs.push(runReport(other, offered.fingerprint, explained, { chained, now: now() }));
  }
  const agrees = runs.every((one) => one.agrees);
  const byService = runs.some((one) => !one.agrees && one.by === "service" && one.fault === null);
  const note = agent?.ours === false ? `sshd asks ${agent.owner}, not eic-agent` : byService ? REMEMBERS : null;
  return { command: text, user, runs, agrees, note };
}

/** What may make its answer another one, with nothing broken; docs/service.md. */
const REMEMBERS =
  "the warm service answered: it believes a signer for up to ten minutes after it was proven, and reaches what its unit " +
  "lets it reach; systemctl stop eic-agent.service has it begin anew, eic-agent doctor looks at it";

interface TestKey {
  readonly fingerprint: string | null;
  readonly values: TokenValues;
}

function testKeys(text: string, { keys, fingerprint }: Explanation): TestKey[] {
  if (!/%[fkt]/.test(text)) return [{ fingerprint: null, values: {} }];
  const accepted = keys.filter((key) => key.verdict === "accepted");
  const asked = fingerprint === null ? accepted : accepted.filter((key) => key.fingerprint === fingerprint);
  // The same key may have been pushed twice.
  const once = [...new Map(asked.map((key) => [key.fingerprint, key])).values()];
  const known = once.slice(0, MOST_RUNS).map((key): TestKey => {
    const [type = "", blob = ""] = key.key.split(" ");
    return { fingerprint: key.fingerprint, values: { f: key.fingerprint, t: type, k: blob } };
  });
  if (known.length > 0) return known;
  const other = fingerprint ?? keys.map(nameOf).find((name) => name !== null) ?? UNUSED_FINGERPRINT;
  return [{ fingerprint: other, values: { f: other } }];
}

const nameOf = (key: KeyReport): string | null =>
  key.verdict === "accepted" ? key.fingerprint : (key.fingerprint ?? key.claimed);

function runReport(
  other: Ran,
  fingerprint: string | null,
  { answer, keys }: Explanation,
  { chained, now }: { chained: boolean; now: Date },
): RunReport {
  const { ending, output, milliseconds, by, fault } = other;
  const printed = [
    ...new Set(
      output
        .toString("latin1")
        .split("\n")
        .flatMap((line) => claimedFingerprint(line) ?? []),
    ),
  ];
  // A key whose time ended between the two answers is nobody's mistake.
  const wanted = keys.flatMap((key) =>
    key.verdict === "accepted" &&
    new Date(key.expires) > now &&
    (fingerprint === null || key.fingerprint === fingerprint)
      ? [key.fingerprint]
      : [],
  );
  const accepted = new Set(keys.flatMap((key) => (key.verdict === "accepted" ? [key.fingerprint] : [])));
  const pushed = new Set(keys.map(nameOf));
  const missing = [...new Set(wanted)].filter((one) => !printed.includes(one));
  // Beside another command there are that one's keys, too.
  const unexpected = printed.filter((one) => !accepted.has(one) && (!chained || pushed.has(one)));
  const sameStatus = chained || succeeded(other) === (answer.kind !== "fault");
  return {
    ...{ fingerprint, milliseconds, by, fault, printed, missing, unexpected },
    ending: describeExit(ending),
    agrees: sameStatus && missing.length === 0 && unexpected.length === 0,
  };
}
