/**
 * sshd's next step with each accepted key: whether its command prints the key, and whether sshd's own rules, the account and
 * PAM accept the login with it. Anything that could not be read is `not-known`. Pure.
 */
import { present } from "../present.ts";
import type { LoginFacts } from "../sshd/login/facts.ts";
import { nextStep } from "../sshd/login/judge.ts";
import { type LoginKey, loginKey } from "../sshd/login/keys.ts";
import { penaltiesOf } from "../sshd/login/penalties.ts";
import { deciding, type Rule } from "../sshd/login/rule.ts";
import type { CommandReport } from "./command-report.ts";
import type { Explanation } from "./explanation.ts";
import type { KeyNext, NextReport, Outcome, Reason } from "./next-report.ts";
import { optionRulesOf } from "./option-rules.ts";

/**
 * Returns sshd's next step for each accepted key.
 * @param revoked the result of RevokedKeys for each accepted key
 */
export function nextReport(
  facts: LoginFacts,
  { answer, keys, command, at }: Pick<Explanation, "answer" | "keys" | "command" | "at">,
  revoked: ReadonlyMap<string, LoginKey["revoked"]>,
): NextReport {
  const pushes = Map.groupBy(
    keys.filter((key) => key.verdict === "accepted"),
    ({ fingerprint }) => fingerprint,
  );
  const told = [...pushes].map(([fingerprint, reports]): KeyNext => {
    const [{ key: line } = { key: "" }] = reports;
    const byOptions = optionRulesOf(reports, new Date(at));
    const handed = handedOver(fingerprint, command, facts.user);
    const step = nextStep(facts, loginKey(line, fingerprint, revoked.get(fingerprint)));
    const extra = [...(handed === undefined ? [] : [handed]), ...byOptions];
    const rules = [...extra, ...step.rules];
    const outcome = extra.some(({ verdict }) => verdict === "refuses") ? "refuses" : worse(step.outcome, extra);
    const first = deciding(rules);
    return { fingerprint, outcome, reasons: [...first, ...rules.filter((rule) => !first.includes(rule))].map(reason) };
  });
  const general = nextStep(facts);
  const reasons = general.rules.map(reason);
  const found = facts.sshd.kind === "known" ? penaltiesOf(facts.sshd.values) : undefined;
  const penalties = found === undefined || found === "off" ? null : found.message;
  if (answer.kind === "judged" && told.length > 0) {
    const best = (["accepts", "not-known", "refuses"] as const).find((one) => told.some((key) => key.outcome === one));
    return { outcome: best ?? "refuses", keys: told, reasons, penalties };
  }
  return { outcome: "refuses", keys: [], reasons, penalties };
}

const worse = (outcome: Outcome, extra: readonly Rule[]): Outcome =>
  outcome === "accepts" && extra.length > 0 ? "not-known" : outcome;

/** Judges whether sshd's command prints the key; undefined if it does. */
function handedOver(fingerprint: string, command: CommandReport | null, user: string): Rule | undefined {
  const about = (verdict: "refuses" | "not-known", message: string, hint: string, log?: string): Rule =>
    present({ topic: "methods", name: "AuthorizedKeysCommand", verdict, message, hint, log });
  if (command === null || command.agrees === null) {
    return about(
      "not-known",
      `sshd's own command was not run${command?.note ? `: ${command.note}` : ""}`,
      "run this as root",
    );
  }
  if (command.command === "none") {
    return about(
      "refuses",
      `sshd has no AuthorizedKeysCommand for ${user}`,
      "eic-agent doctor shows which line; eic-agent sshd enable",
    );
  }
  const run = command.runs.find((one) => one.fingerprint === fingerprint) ?? command.runs.find((one) => !one.agrees);
  if (run === undefined || run.agrees) return undefined;
  if (run.fault !== null) {
    const { code, message, hint } = run.fault;
    const said = message === null ? code : `${code}: ${message}`;
    return about("refuses", `the warm service answers with its own Fault ${said}`, hint, FAILED);
  }
  const failed = [run.missing, run.unexpected, run.otherOptions].every(({ length }) => length === 0);
  if (failed)
    return about(
      "refuses",
      `sshd's command failed (${run.result}), so sshd ignores its output`,
      "eic-agent doctor",
      FAILED,
    );
  const isMissing = run.missing.includes(fingerprint);
  return isMissing
    ? about("refuses", "sshd's own command does not print it", "eic-agent doctor checks that command")
    : undefined;
}

const FAILED = "error: AuthorizedKeysCommand … failed, status 1";

const reason = ({ name, verdict, message, log, hint }: Rule): Reason => ({
  rule: name,
  verdict,
  message,
  hint: hint ?? "",
  log: log ?? null,
});
