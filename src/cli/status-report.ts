/** The service's status as a page for a terminal. Pure. */
import type { Counts, Status } from "../service/telemetry/status.ts";
import { duration, fold, moment, plural, safe, type TextStyle } from "./text.ts";

/** Columns of the names on the left. */
const NAMES = 20;

export function statusText(status: Status, { width, paint }: TextStyle): string {
  const { calls, milliseconds, signer, memory, program } = status;
  const now = `${calls.inProgress} in progress, ${calls.waiting} waiting`;
  const rows: [name: string, text: string][] = [
    ["running", `for ${duration(status.uptime)}, as process ${status.pid}, eic-agent ${safe(program.version)}`],
    ["calls", `${plural(calls.total, "call")}; now ${now}`],
    ["answers", listed(status.answers)],
    ["one-shot programs", oneShotText(status.oneShots)],
    ["trial", trialText(status.trial)],
    ["refused keys", listed(status.refusals)],
    ["Faults", listed(status.faults)],
    ["time of a call", `${ms(milliseconds.p50)} at the median, ${ms(milliseconds.p99)} at the 99th percentile`],
    ["key documents", listed(status.documents)],
    ["signers", listed(status.signers)],
    [
      "signer",
      signer === null
        ? "none in the cache"
        : `${safe(signer.name)}, proven ${duration(signer.age)} ago, until ${moment(signer.until)} at the latest`,
    ],
    ["metadata requests", listed(status.metadataRequests)],
    ["metadata service", breakerText(status.metadataBreaker)],
    ["records", listed(status.records)],
    ["memory", `${Math.round(memory.rss / 2 ** 20)} MiB`],
  ];
  const lines = rows.flatMap(([name, text]) => fold(text, width, NAMES, name.padEnd(NAMES)));
  return lines.map((line) => `${line.slice(0, NAMES).trimStart() === "" ? line : bold(line)}\n`).join("");

  function bold(line: string): string {
    return paint("bold", line.slice(0, NAMES)) + line.slice(NAMES);
  }
}

/** Describes the circuit breaker; undefined in the answer of an older version's service. */
function breakerText(breaker: Status["metadataBreaker"] | undefined): string {
  if (breaker === undefined || breaker.state === "closed") return "answers";
  return `has not answered for ${duration(breaker.seconds)}: each call makes one short request (circuit breaker ${safe(breaker.state)})`;
}

/** Lists the one-shot programs; undefined in the answer of an older version's service. */
const oneShotText = (counts: Counts | undefined = {}): string =>
  Object.keys(counts).length === 0 ? "none" : `${listed(counts)}: calls that the service did not answer`;

/** Lists the comparisons of a trial; undefined in the answer of an older version's service. */
const trialText = (counts: Counts | undefined = {}): string =>
  Object.keys(counts).length === 0 ? "none" : `${listed(counts)}: calls that another command decided`;

const listed = (counts: Counts): string =>
  Object.entries(counts)
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, count]) => `${count} ${safe(name)}`)
    .join(", ") || "none";

const ms = (value: number): string => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
