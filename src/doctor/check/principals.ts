/**
 * An AuthorizedPrincipalsCommand that is not in force: OpenSSH 8.7 to 9.3 ignores it if it is read after any
 * AuthorizedKeysCommand, and `sshd -t` reports no error. Certificates that depend on its principals are then refused. Also a
 * line that eic-agent's file repeats for that reason, and that has since changed elsewhere. Pure.
 */

import { commandLineSettings, describeSource, noneAsUndefined, type Setting } from "../../sshd/inspect/config-walk.ts";
import { isTrueFor, OPENSSH } from "../../sshd/inspect/openssh-versions.ts";
import { namesUs } from "../../sshd/inspect/own-lines.ts";
import { quoted } from "../../verify/verdict.ts";
import { describeCheck, type Finding } from "../finding.ts";
import type { SshdFacts } from "./sshd.ts";

const KEYWORD = "authorizedprincipalscommand";
/** The file that `eic-agent sshd enable` writes. */
const OURS = /\/60-eic-agent\.conf$/;

export function judgePrincipals({ walk, effective, version, words }: SshdFacts): Finding {
  const { ok, warning, notApplicable } = describeCheck("principals");
  const all = walk.settings.filter(({ keyword, value }) => keyword === KEYWORD && noneAsUndefined(value) !== undefined);
  const [first] = all;
  if (first === undefined) return notApplicable("no AuthorizedPrincipalsCommand");
  const inForce = effective.kind === "known" ? effective.values.get(KEYWORD)?.[0] : undefined;
  const lost =
    isTrueFor(OPENSSH.principalsIgnored, version) === true ? lostLine(walk.settings, all, inForce, words) : undefined;
  if (lost !== undefined) {
    const { line, command } = lost;
    const by = command === "command-line" ? "sshd's command line" : place(command);
    return warning(
      `${quoted(line.value)}, by ${place(line)}, is not in force: ${version} ignores it after an AuthorizedKeysCommand, and ${by} has one; certificates that depend on it cannot log in`,
      command !== "command-line" && namesUs(command) && command.match.length === 0
        ? "eic-agent sshd disable && eic-agent sshd enable"
        : "have it read before that one, in the same file or an earlier one; then reload sshd",
      { file: line.file, line: line.line },
    );
  }
  const ours = all.find(({ file }) => OURS.test(file));
  const elsewhere = all.filter(({ file, match }) => !OURS.test(file) && match.length === 0);
  if (ours !== undefined && !elsewhere.some(({ value }) => value === ours.value)) {
    return warning(
      `${place(ours)} repeats ${quoted(ours.value)}, which is in no other file any more: only eic-agent's file keeps it in force`,
      "eic-agent sshd disable && eic-agent sshd enable",
      { file: ours.file, line: ours.line },
    );
  }
  return ok(`${quoted(first.value)}, by ${place(first)}`, { file: first.file, line: first.line });
}

const place = (setting: Setting): string => describeSource({ kind: "file", ...setting });

/** Returns a line that is read after a command, in the same Match block or both global. */
function lostLine(
  settings: readonly Setting[],
  lines: readonly Setting[],
  inForce: string | undefined,
  words: readonly string[],
): { line: Setting; command: Setting | "command-line" } | undefined {
  const isCommand = ({ keyword }: { keyword: string }) => keyword === "authorizedkeyscommand";
  for (const line of lines) {
    const before = settings.slice(0, settings.indexOf(line));
    const same = before.filter(({ match }) => match.join("\n") === line.match.join("\n"));
    const option = line.match.length === 0 && commandLineSettings(words).some(isCommand);
    const command = option ? "command-line" : same.find(isCommand);
    const earlier = same.some(({ keyword }) => keyword === KEYWORD);
    if (command !== undefined && !earlier && inForce !== line.value) return { line, command };
  }
  return undefined;
}
