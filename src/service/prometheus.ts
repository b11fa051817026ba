/** The status in Prometheus' text form, version 0.0.4: for node_exporter's textfile collector. Pure. */
import type { Counts, Status } from "./status.ts";

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number, suffix?: string];

export function prometheusOf(status: Status): string {
  const { program, calls, milliseconds, signer, memory, uptime } = status;
  const seconds = (ms: number) => ms / 1000;
  const buckets = milliseconds.buckets.map(({ ms, count }): Sample => [{ le: String(seconds(ms)) }, count, "_bucket"]);
  return [
    metric("info", "gauge", "What runs.", [[{ ...program }, 1]]),
    metric("uptime_seconds", "gauge", "Since the service started.", [[{}, uptime]]),
    metric("calls_total", "counter", "Requests that came whole.", [[{}, calls.total]]),
    metric("unheard_total", "counter", "Connections closed without an answer: nonsense, or too slow.", [
      [{}, calls.unheard],
    ]),
    metric("calls_in_work", "gauge", "Calls in work now.", [[{}, calls.inWork]]),
    metric("calls_waiting", "gauge", "Calls that wait for a place now.", [[{}, calls.waiting]]),
    metric("answers_total", "counter", "How calls ended.", by("kind", status.answers)),
    metric("refusals_total", "counter", "Pushed keys that were refused, by reason.", by("reason", status.refusals)),
    metric("faults_total", "counter", "Calls that could not be answered, by code.", by("code", status.faults)),
    metric("call_duration_seconds", "histogram", "From the connection to the answer.", [
      ...buckets,
      [{ le: "+Inf" }, milliseconds.count, "_bucket"],
      [{}, seconds(milliseconds.sum), "_sum"],
      [{}, milliseconds.count, "_count"],
    ]),
    metric("documents_total", "counter", "Key documents, by where they came from.", by("from", status.documents)),
    metric("signers_total", "counter", "Signers, by where they came from.", by("from", status.signers)),
    metric(
      "metadata_requests_total",
      "counter",
      "Requests to the metadata service.",
      by("of", status.metadataRequests),
    ),
    metric("records_total", "counter", "Records for the log.", by("state", status.records)),
    metric("forgotten_total", "counter", "Times that all remembered was forgotten.", by("why", status.forgotten)),
    ...(signer === null
      ? []
      : [
          metric("signer_age_seconds", "gauge", "Since the signer was asked for.", [[{}, signer.age]]),
          metric("signer_proof_end_timestamp_seconds", "gauge", "When the signer's proof ends.", [
            [{}, Date.parse(signer.until) / 1000],
          ]),
        ]),
    metric("memory_bytes", "gauge", "Memory of the process.", [
      [{ kind: "rss" }, memory.rss],
      [{ kind: "heap_used" }, memory.heapUsed],
    ]),
  ].join("");
}

const by = (label: string, counts: Counts): Sample[] =>
  Object.entries(counts).map(([name, count]) => [{ [label]: name }, count]);

function metric(
  name: string,
  type: "counter" | "gauge" | "histogram",
  help: string,
  samples: readonly Sample[],
): string {
  const full = `eic_agent_${name}`;
  const head = `# HELP ${full} ${help.replace(/[\\\n]/g, escaped)}\n# TYPE ${full} ${type}\n`;
  return (
    head + samples.map(([labels, value, suffix = ""]) => `${full}${suffix}${labelsOf(labels)} ${value}\n`).join("")
  );
}

function labelsOf(labels: Readonly<Record<string, string>>): string {
  const words = Object.entries(labels).map(([name, value]) => `${name}="${value.replace(/[\\\n"]/g, escaped)}"`);
  return words.length === 0 ? "" : `{${words.join(",")}}`;
}

/** As the format has it: a backslash before each of these, and `n` for a newline. */
const escaped = (character: string): string => (character === "\n" ? "\\n" : `\\${character}`);
