/**
 * Runs sshd's own command as sshd runs it, and compares its answer with the explanation. This reveals another program, an
 * older version, or other settings.
 */

import { type CommandResult, describeExit, succeeded } from "../exec/result.ts";
import { expandCommand, splitArgs, type TokenValues } from "../sshd/inspect/command-line.ts";
import { agentOf } from "../sshd/inspect/command-owner.ts";
import { withOptions } from "../verify/verdict.ts";
import type { Answerer, CommandReport, RunReport, ServiceFault } from "./command-report.ts";
import type { Explanation } from "./explanation.ts";
import { claimedFingerprint, type KeyReport } from "./keys.ts";

/** Returns the settings file that eic-agent's command names; undefined if it uses the default, or is another program's. */
export function settingsNamedBy(command: string): string | undefined {
  if (agentOf(command)?.ours !== true) return undefined;
  const words = splitArgs(command) ?? [];
  return words[words.indexOf("--config") + 1 || words.length];
}

/** The result of a command, and which process answered. */
type Ran = CommandResult & { readonly answeredBy: Answerer | null; readonly fault: ServiceFault | null };

/** Runs a command until it ends, as sshd would. Never rejects. */
export type RunCommand = (words: readonly [string, ...string[]]) => Promise<Ran>;

/** Maximum number of keys that are asked for one by one: more would start many processes for the same answer. */
const MAX_RUNS = 3;
/** A fingerprint of no key: sshd asks with such a fingerprint when a key is offered that was not pushed. */
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
      const note = "it needs a token that only a login has, so it was not run";
      return { command: text, user, runs: [], agrees: null, note };
    }
    const other = await run([program, ...words]);
    runs.push(runReport(other, offered.fingerprint, explained, { chained, now: now() }));
  }
  const agrees = runs.every((one) => one.agrees);
  const byService = runs.some((one) => !one.agrees && one.answeredBy === "service" && one.fault === null);
  const note =
    agent?.ours === false ? `sshd's command is that of ${agent.owner}, not eic-agent` : byService ? REMEMBERS : null;
  return { command: text, user, runs, agrees, note };
}

/** Why the service's answer may differ although nothing is broken; docs/service.md. */
const REMEMBERS =
  "the warm service answered: it caches a validated signer for up to ten minutes, and reaches only what its unit " +
  "allows; systemctl stop eic-agent.service clears the cache, eic-agent doctor checks the unit";

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
  const known = once.slice(0, MAX_RUNS).map((key): TestKey => {
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
  const { ending, output, milliseconds, answeredBy, fault } = other;
  const lines = output.toString("latin1").split("\n");
  const printed = [...new Set(lines.flatMap((line) => claimedFingerprint(line) ?? []))];
  // A key that expired between the two answers is not an error.
  const live = keys.filter((key) => key.verdict === "accepted").filter(({ expires }) => new Date(expires) > now);
  const wanted = live
    .filter((key) => fingerprint === null || key.fingerprint === fingerprint)
    .map((key) => key.fingerprint);
  const accepted = new Set(keys.flatMap((key) => (key.verdict === "accepted" ? [key.fingerprint] : [])));
  const pushed = new Set(keys.map(nameOf));
  const missing = [...new Set(wanted)].filter((one) => !printed.includes(one));
  // A chained command prints its own keys, too.
  const unexpected = printed.filter((one) => !accepted.has(one) && (!chained || pushed.has(one)));
  // A key that was pushed twice has a line for each push.
  const different = live.filter(({ options, key }) => !lines.includes(withOptions(options, key)));
  const otherOptions = printed.filter((one) => different.some((key) => key.fingerprint === one));
  const sameStatus = chained || succeeded(other) === (answer.kind !== "fault");
  return {
    fingerprint,
    milliseconds,
    answeredBy,
    fault,
    printed,
    missing,
    unexpected,
    otherOptions,
    result: describeExit(ending),
    agrees: sameStatus && missing.length === 0 && unexpected.length === 0 && otherOptions.length === 0,
  };
}
