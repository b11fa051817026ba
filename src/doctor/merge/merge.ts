/** Merges the results of many hosts, one after the other, into groups of hosts with the same outcome of a check. Pure. */
import { present } from "../../present.ts";
import { CHECKS } from "../finding.ts";
import type { HostCheck, HostReading, Overall } from "./host-result.ts";
import { formOf } from "./message-form.ts";

/** Outcomes that are reported, the most severe first. `not-checked`: it requires root, and the doctor ran without. */
export const REPORTED = ["failed", "warning", "not-checked"] as const;
export type ReportedOutcome = (typeof REPORTED)[number];

/** The hosts on which a check had one outcome. */
export interface CheckGroup {
  readonly check: string;
  readonly outcome: ReportedOutcome;
  readonly hosts: readonly string[];
  /** Of the most frequent form; it may name a path, a number or an id of the first of its hosts. */
  readonly message: string;
  readonly hint?: string;
  /** The number of hosts with a message of this form. */
  readonly alike: number;
}

export interface UnreadableFile {
  readonly file: string;
  readonly reason: string;
}

/** The sum of `states` and the number of unreadable files is the number of hosts. */
export interface HostsReport {
  readonly hosts: number;
  readonly states: Readonly<Record<Overall, number>>;
  readonly unreadable: readonly UnreadableFile[];
  readonly checks: readonly CheckGroup[];
}

export interface HostMerge {
  add(from: { host: string; file: string }, reading: HostReading): void;
  report(): HostsReport;
}

/** Forms of a message that are told apart in a group; the memory of a merge must not grow with every file. */
const MAX_FORMS = 100;

interface Example {
  readonly message: string;
  readonly hint: string | undefined;
  count: number;
}

interface OpenGroup {
  readonly check: string;
  readonly outcome: ReportedOutcome;
  readonly hosts: string[];
  readonly examples: Map<string, Example>;
}

export function openMerge(): HostMerge {
  const states: Record<Overall, number> = { ok: 0, warning: 0, failed: 0 };
  const unreadable: UnreadableFile[] = [];
  const groups = new Map<string, OpenGroup>();
  return {
    add({ host, file }, reading) {
      if (reading.kind === "unreadable") {
        unreadable.push({ file, reason: reading.reason });
        return;
      }
      states[reading.result.status] += 1;
      for (const check of reading.result.checks) addCheck(groups, host, check);
    },
    report: () => ({
      hosts: states.ok + states.warning + states.failed + unreadable.length,
      states,
      unreadable,
      checks: [...groups.values()].map(closed).toSorted(bySeverity),
    }),
  };
}

function addCheck(groups: Map<string, OpenGroup>, host: string, { check, message, hint, ...rest }: HostCheck): void {
  const outcome = outcomeOf(rest);
  if (outcome === undefined) return;
  const name = `${outcome} ${check}`;
  const group = groups.get(name) ?? { check, outcome, hosts: [], examples: new Map<string, Example>() };
  groups.set(name, group);
  group.hosts.push(host);
  const form = formOf(message);
  const example = group.examples.get(form);
  if (example !== undefined) example.count += 1;
  else if (group.examples.size < MAX_FORMS) group.examples.set(form, { message, hint, count: 1 });
}

function outcomeOf({ status, needsRoot }: Pick<HostCheck, "status" | "needsRoot">): ReportedOutcome | undefined {
  if (status === "failed" || status === "warning") return status;
  return status === "not-applicable" && needsRoot ? "not-checked" : undefined;
}

function closed({ check, outcome, hosts, examples }: OpenGroup): CheckGroup {
  const ranked = [...examples.values()].toSorted((a, b) => b.count - a.count);
  const { message = "", hint, count = 0 } = ranked[0] ?? {};
  return present({ check, outcome, hosts, message, hint, alike: count });
}

/** Orders by severity, then the larger group first, then as in the doctor's report; checks of other versions are last. */
function bySeverity(a: CheckGroup, b: CheckGroup): number {
  return (
    REPORTED.indexOf(a.outcome) - REPORTED.indexOf(b.outcome) ||
    b.hosts.length - a.hosts.length ||
    placeOf(a.check) - placeOf(b.check) ||
    (a.check < b.check ? -1 : 1)
  );
}

const NAMES = Object.keys(CHECKS);
const placeOf = (check: string): number => (NAMES.includes(check) ? NAMES.indexOf(check) : NAMES.length);
