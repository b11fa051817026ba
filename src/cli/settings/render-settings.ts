/**
 * The report on a settings file: one line for each problem in the form of compilers, so that editors find the place; and as
 * JSON.
 */
import { plural, safe } from "../text.ts";
import { hintOf, type SettingsReport } from "./check.ts";

/** Formats problems as `FILE:LINE:COLUMN: what is right`. Lines are not folded, because programs read them. */
export function asText({ file, problems, notes }: SettingsReport): string {
  const lines = problems.map(({ line, column, message }) => {
    const place = [file, line, column].filter((part) => part !== undefined).join(":");
    return line === undefined && message.startsWith(file) ? message : `${place}: ${message}`;
  });
  const hints = [...new Set(problems.map(hintOf))].map((hint) => `hint: ${hint}`);
  const verdict = problems.length === 0 ? `${file}: valid` : plural(problems.length, "problem");
  const told = [...lines, ...hints, ...notes.map((note) => `note: ${note}`), verdict];
  return told.map((line) => `${safe(line)}\n`).join("");
}

/** Version of the JSON form. Fields may be added; none is renamed or removed. */
const FORMAT = 1;

export function asJson({ file, problems, notes }: SettingsReport, version: string): string {
  const status = problems.length === 0 ? "ok" : "failed";
  const told = problems.map(({ code, line, column, setting, message }) => ({
    code,
    line: line ?? null,
    column: column ?? null,
    setting: setting ?? null,
    message,
  }));
  return `${JSON.stringify({ format: FORMAT, version, file, status, problems: told, notes }, undefined, 2)}\n`;
}
