/** One explanation as sshd's command would make it: as its user, by its settings, and held against what it answers. */
import { startAnother } from "../../another/run.ts";
import { type Asking, explainCall } from "../../explain/ask.ts";
import { type Answerer, type CommandReport, compare, settingsNamedBy } from "../../explain/configured.ts";
import type { Explanation, ProgramReport, Source } from "../../explain/explanation.ts";
import { type Role, takeRole } from "../../explain/role.ts";
import { askStatus } from "../../service/ask.ts";
import { loadSettings } from "../../settings.ts";
import { agentOf, asksService } from "../../sshd/agents.ts";
import type { Context } from "../context.ts";

/** Milliseconds for sshd's own command: ours takes four seconds at most, one that is chained twenty. */
const COMMAND_MS = 25_000;

export interface Stand {
  readonly config: string | undefined;
  readonly source: Source;
  /** sshd's command, where its answer can be held against ours. */
  readonly command: { readonly text: string; readonly user: string } | undefined;
  /** What is known of it without running it. */
  readonly verdict: CommandReport | null;
}

export interface Standing {
  readonly user: string;
  readonly config: string | undefined;
  /** False: sshd is neither asked nor its command run, and the user stays who he is. */
  readonly sshd: boolean;
}

/** Becomes who sshd would have asked. Once for a process: there is no way back. */
export async function standWhere({ user, config, sshd }: Standing): Promise<Stand> {
  // Read once before: what parses settings may lie where only root reads, and is not what is examined here.
  await loadSettings(config).catch(() => undefined);
  const role = sshd ? await takeRole(user) : undefined;
  if (role?.command === undefined) return alone(config, role);
  if (role.command === "none") {
    const verdict = { command: "none", user: "", runs: [], agrees: false, note: "sshd runs none for this user" };
    return { ...alone(config, role), verdict: config === undefined ? verdict : null };
  }
  const named = settingsNamedBy(role.command.text);
  if (config === undefined || config === named) return { ...alone(named, role), command: role.command };
  const note = "sshd's command was not run: it has other settings than --config names";
  return alone(config, { ...role, notes: [...role.notes, note] });
}

function alone(config: string | undefined, role: Role | undefined): Stand {
  const as = { uid: role?.uid ?? process.geteuid?.() ?? -1, name: role?.name ?? null };
  return { config, source: { kind: "service", as, notes: role?.notes ?? [] }, command: undefined, verdict: null };
}

/** Asks now; and, where that can be compared, runs sshd's command too. */
export async function explainThere(stand: Stand, asking: Asking): Promise<Explanation> {
  const explained = await explainCall({ ...asking, config: stand.config }, stand.source);
  if (stand.command === undefined) return { ...explained, command: stand.verdict };
  const isCounted = asksService(agentOf(stand.command.text));
  const run = async (words: readonly [string, ...string[]]) => {
    const before = isCounted ? await counted() : undefined;
    // Our own variables are those of whoever asked; this process has become sshd's user since.
    const means = { signal: AbortSignal.timeout(COMMAND_MS), isHeard: false, account: "system" } as const;
    const { ended, gone } = startAnother(words, means);
    const other = await ended;
    await gone();
    return { ...other, by: isCounted ? answerer(before, await counted()) : null };
  };
  return { ...explained, command: await compare(stand.command, explained, run, asking.now) };
}

/** What the service says it has answered; undefined where this user cannot ask it, and so the relay cannot either. */
async function counted(): Promise<Count | undefined> {
  const status = await askStatus().catch(() => undefined);
  if (status === undefined) return undefined;
  const { gone, busy, unable, ...answered } = status.answers;
  return { pid: status.pid, answered: Object.values(answered).reduce((sum, count) => sum + count, 0) };
}

interface Count {
  readonly pid: number;
  readonly answered: number;
}

/** The relay does not say whom it had the answer of. A login in the same moment is counted, too. */
function answerer(before: Count | undefined, after: Count | undefined): Answerer | null {
  if (before === undefined && after === undefined) return "process";
  if (before?.pid !== after?.pid) return null;
  return before?.answered === after?.answered ? "process" : "service";
}

export const programOf = ({ version }: Context): ProgramReport => ({
  version,
  node: process.versions.node,
  openssl: process.versions.openssl,
});
