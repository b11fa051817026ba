/** Explains a call as sshd's command would make it: as its user, with its settings, and compared with its answer. */
import { startCommand } from "../../exec/command.ts";
import { becomeCommandUser, type CommandIdentity } from "../../explain/become-user.ts";
import type { Answerer, CommandReport, ServiceFault } from "../../explain/command-report.ts";
import { compare, settingsNamedBy } from "../../explain/compare-command.ts";
import { type ExplainOptions, explainCall } from "../../explain/explain.ts";
import type { Explanation, ProgramReport, Source } from "../../explain/explanation.ts";
import { nextReport } from "../../explain/next.ts";
import type { NextReport } from "../../explain/next-report.ts";
import type { Status } from "../../service/telemetry/status.ts";
import { askStatus } from "../../service/telemetry/status-client.ts";
import { loadSettings } from "../../settings/load.ts";
import { agentOf, usesService } from "../../sshd/inspect/command-owner.ts";
import type { LoginFacts } from "../../sshd/login/facts.ts";
import type { LoginKey } from "../../sshd/login/keys.ts";
import { lookAtLogin } from "../../sshd/login/look/gather.ts";
import { isRevoked } from "../../sshd/login/look/revoked.ts";
import { FAULTS, type FaultCode } from "../../verify/errors.ts";
import type { Context } from "../context.ts";

/** Milliseconds for sshd's own command: eic-agent takes at most four seconds, a chained command twenty. */
const COMMAND_MS = 25_000;

export interface RunAs {
  readonly config: string | undefined;
  readonly source: Source;
  /** sshd's command, if its answer can be compared with the explanation. */
  readonly command: { readonly text: string; readonly user: string } | undefined;
  /** The report on the command if it is not run. */
  readonly verdict: CommandReport | null;
  /** The facts about this user's login at sshd, read before root was given up; undefined if sshd is not examined. */
  readonly login: LoginFacts | undefined;
}

export interface RunAsOptions {
  readonly user: string;
  readonly config: string | undefined;
  /** False: sshd is not asked, its command is not run, and the process keeps its user. */
  readonly sshd: boolean;
}

/** Becomes the AuthorizedKeysCommandUser. Possible once for each process, because it cannot be undone. */
export async function becomeSshdUser({ user, config, sshd }: RunAsOptions): Promise<RunAs> {
  // Load the settings once before: the code that parses them may be readable by root only. That is not what is examined
  // here.
  await loadSettings(config).catch(() => undefined);
  const login = sshd ? await lookAtLogin(user) : undefined;
  const stand = standAs(sshd ? await becomeCommandUser(user) : undefined, config);
  return { ...stand, login };
}

function standAs(role: CommandIdentity | undefined, config: string | undefined): Omit<RunAs, "login"> {
  if (role?.command === undefined) return alone(config, role);
  if (role.command === "none") {
    const verdict = { command: "none", user: "", runs: [], agrees: false, note: "sshd runs no command for this user" };
    return { ...alone(config, role), verdict: config === undefined ? verdict : null };
  }
  const named = settingsNamedBy(role.command.text);
  if (config === undefined || config === named) return { ...alone(named, role), command: role.command };
  const note = "sshd's command was not run: its settings are not those of --config";
  return alone(config, { ...role, notes: [...role.notes, note] });
}

function alone(config: string | undefined, role: CommandIdentity | undefined): Omit<RunAs, "login"> {
  const as = { uid: role?.uid ?? process.geteuid?.() ?? -1, name: role?.name ?? null };
  return { config, source: { kind: "service", as, notes: role?.notes ?? [] }, command: undefined, verdict: null };
}

/** Asks now, also runs sshd's command if its answer can be compared, and reports what sshd will do with the keys. */
export async function explainNow(stand: RunAs, asking: ExplainOptions): Promise<Explanation> {
  const explained = await explainCall({ ...asking, config: stand.config }, stand.source);
  const compared = { ...explained, command: await commandOf(stand, explained, asking) };
  return stand.login === undefined ? compared : { ...compared, sshd: await nextOf(stand.login, compared) };
}

async function commandOf({ command, verdict }: RunAs, explained: Explanation, { now }: ExplainOptions) {
  if (command === undefined) return verdict;
  const isCounted = usesService(agentOf(command.text));
  const run = async (words: readonly [string, ...string[]]) => {
    const before = isCounted ? await counted() : undefined;
    // The variables of this process are those of the calling user; the process has become sshd's user since.
    const means = { signal: AbortSignal.timeout(COMMAND_MS), isHeard: false, account: "system" } as const;
    const { ended, groupEnded } = startCommand(words, means);
    const other = await ended;
    await groupEnded();
    const after = isCounted ? await counted() : undefined;
    return { ...other, answeredBy: isCounted ? answerer(before, after) : null, fault: faultBetween(before, after) };
  };
  return compare(command, explained, run, now);
}

async function nextOf(login: LoginFacts, explained: Explanation): Promise<NextReport> {
  const revoked = new Map<string, LoginKey["revoked"]>();
  for (const key of explained.keys) {
    if (key.verdict === "accepted") revoked.set(key.fingerprint, await isRevoked(login, key.key));
  }
  return nextReport(login, explained, revoked);
}

/** Returns the service's count of answers; undefined if this user cannot ask it, in which case the relay cannot either. */
async function counted(): Promise<Count | undefined> {
  const status = await askStatus().catch(() => undefined);
  if (status === undefined) return undefined;
  const { disconnected, busy, exhausted, ...answered } = status.answers;
  const { pid, faults, lastFault } = status;
  return { pid, faults, lastFault, answered: Object.values(answered).reduce((sum, count) => sum + count, 0) };
}

interface Count {
  readonly pid: number;
  readonly answered: number;
  readonly faults: Status["faults"];
  /** Undefined if the service is an older version without this field. */
  readonly lastFault: Status["lastFault"] | undefined;
}

/** Tells who answered from the counts: the relay does not report it. A login at the same moment is counted, too. */
function answerer(before: Count | undefined, after: Count | undefined): Answerer | null {
  if (before === undefined && after === undefined) return "process";
  if (before?.pid !== after?.pid) return null;
  return before?.answered === after?.answered ? "process" : "service";
}

/** Returns the Fault whose count rose during the call. */
function faultBetween(before: Count | undefined, after: Count | undefined): ServiceFault | null {
  if (before === undefined || after === undefined || before.pid !== after.pid) return null;
  const codes = Object.keys(after.faults).filter((name) => (after.faults[name] ?? 0) > (before.faults[name] ?? 0));
  const [code, other] = codes;
  if (code === undefined || other !== undefined || !isFaultCode(code)) return null;
  const { lastFault } = after;
  return { code, message: lastFault?.code === code ? lastFault.message : null, hint: FAULTS[code] };
}

const isFaultCode = (name: string): name is FaultCode => Object.hasOwn(FAULTS, name);

export const programOf = ({ version }: Context): ProgramReport => ({
  version,
  node: process.versions.node,
  openssl: process.versions.openssl,
});
