/** The source of an explanation, as text: who asked, what a capture contains, how sshd's own command answers. Pure. */
import type { RunReport, ServiceFault } from "../../explain/command-report.ts";
import type { Explanation, Source } from "../../explain/explanation.ts";
import { fold, moment, plural, safe, type TextStyle } from "../text.ts";
import { hintLines, INDENT, section } from "./layout.ts";

export function sourceLines({ source, verified }: Explanation, style: TextStyle): string[] {
  const { paint, width } = style;
  if (source.kind === "service") {
    return source.notes.flatMap((note) =>
      fold(safe(note), width, INDENT, "note: ").map((line) => paint("yellow", line)),
    );
  }
  const { file, made, judgedAt } = source;
  const lines = [
    `from ${safe(file)}`,
    `made ${moment(made.at)} by eic-agent ${safe(made.version)}, Node ${safe(made.node)}, OpenSSL ${safe(made.openssl)}`,
    `judged then as of ${moment(judgedAt)}`,
    "User, instance and time are the file's own claims and are not signed.",
  ];
  const loud = [...ownRulesLines(source), ...(verified ? [] : [REDACTED])];
  return [
    ...lines.flatMap((line) => fold(line, width, INDENT, "")),
    ...loud.flatMap((line) => fold(line, width, INDENT, "").map((part) => paint("red", part))),
  ];
}

const REDACTED =
  "REDACTED: names were replaced, so signatures can no longer be verified. The verdicts on keys are as recorded, not proven.";

const RULES: Readonly<Record<Extract<Source, { kind: "capture" }>["ownRules"][number], string>> = {
  anchors: "its own trust anchors",
  domains: "its own service domains",
  clock_skew_seconds: "its own clock skew",
  policy: "its own [policy]",
  caller_variable: "its own caller_variable",
};

/** The author of the file can have made these rules, and signed everything else to match. */
function ownRulesLines({ ownRules }: Extract<Source, { kind: "capture" }>): string[] {
  if (ownRules.length === 0) return [];
  const brought = ownRules.map((rule) => RULES[rule]).join(", ");
  const worth =
    ownRules.includes("anchors") || ownRules.includes("domains")
      ? " An accepted key below proves only that the file is consistent: its author could have signed it."
      : "";
  return [`JUDGED BY THE FILE'S OWN RULES: ${brought}.${worth} With --config FILE your own settings are used.`];
}

export function commandLines({ command }: Explanation, style: TextStyle): string[] {
  if (command === null) return [];
  const { width, paint } = style;
  const lines = command.runs.flatMap((run) => runLines(run, style));
  const note = command.note === null ? [] : fold(safe(command.note), width, 4, "  ");
  const colour = command.agrees === false ? "red" : "green";
  const fault = command.runs.find((run) => run.fault !== null)?.fault ?? null;
  const differs = fault === null ? "ANOTHER ANSWER" : `the service's own Fault ${fault.code}`;
  const told = { true: "the same answer", false: differs, null: "not run" }[`${command.agrees}`];
  const whose = command.user === "" ? "" : ` as ${safe(command.user)}`;
  return section(
    `sshd's command${whose}: ${told}`,
    [...fold(safe(command.command), width, 4, "  "), ...note, ...lines].map((line) =>
      command.agrees === true ? line : paint(colour, line),
    ),
    style,
  );
}

const ANSWERERS = { service: ", by the warm service", process: ", by the one-shot program, not by the warm service" };

function runLines(
  {
    fingerprint,
    result,
    milliseconds,
    answeredBy,
    fault,
    printed,
    missing,
    unexpected,
    otherOptions,
    agrees,
  }: RunReport,
  { width }: TextStyle,
) {
  const offered = fingerprint === null ? "" : `offered ${safe(fingerprint)}: `;
  const what = `${offered}${safe(result)} after ${milliseconds} ms, ${plural(printed.length, "key")}${answeredBy === null ? "" : ANSWERERS[answeredBy]}`;
  return [
    ...fold(what, width, 4, "  "),
    ...(fault === null || agrees ? [] : faultLines(fault, width)),
    ...missing.map((one) => `    accepted here, not printed there: ${safe(one)}`),
    ...unexpected.map((one) => `    printed there, not accepted here: ${safe(one)}`),
    ...otherOptions.map((one) => `    printed there with other options: ${safe(one)}`),
  ];
}

/**
 * Reports the Fault of the service's own call, which is not the call above: it runs in the service's unit, with that unit's
 * access to network and files.
 */
function faultLines({ code, message, hint }: ServiceFault, width: number): string[] {
  const said = message === null ? code : `${code}: ${safe(message)}`;
  return [...fold(`the service: ${said}`, width, 6, "    "), ...hintLines(hint, 4, width)];
}
