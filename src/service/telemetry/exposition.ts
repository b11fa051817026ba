/**
 * Prometheus' text format, version 0.0.4.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 * Pure.
 */

/** One line: its labels, its value, and for a histogram the part of its name after the family's. */
export type Sample = readonly [labels: Readonly<Record<string, string>>, value: number, suffix?: string];

/** Formats one family. @param name without the prefix `eic_agent_` */
export function metric(
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

/** Returns seconds since the epoch, the unit of every `_timestamp_seconds`. */
export const unixTime = (time: Date): number => time.getTime() / 1000;

function labelsOf(labels: Readonly<Record<string, string>>): string {
  const words = Object.entries(labels).map(([name, value]) => `${name}="${value.replace(/[\\\n"]/g, escaped)}"`);
  return words.length === 0 ? "" : `{${words.join(",")}}`;
}

/** Escapes as the format requires: a backslash before each of these characters, and `n` for a newline. */
const escaped = (character: string): string => (character === "\n" ? "\\n" : `\\${character}`);
