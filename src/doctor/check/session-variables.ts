/**
 * Whether sshd sets the variables of `[session] caller_variable`: only if PermitUserEnvironment permits their names. It is a
 * keyword for all users, so `--user` does not matter. Logins work without it. Pure.
 */
import { HIDDEN_REMEDY, permissionWords, remedyWords } from "../../cli/sshd/session-text.ts";
import type { Settings } from "../../settings/defaults.ts";
import { describeSource } from "../../sshd/inspect/config-walk.ts";
import { judgePermission } from "../../sshd/inspect/user-environment.ts";
import { variableNames } from "../../verify/ssh/session-variables.ts";
import { describeCheck, type Finding } from "../finding.ts";
import type { SshdFacts } from "./sshd.ts";

/** @param settings undefined if they cannot be read */
export function judgeSessionVariables(
  { effective, ...files }: Pick<SshdFacts, "effective" | "walk" | "words" | "version">,
  settings: Pick<Settings, "callerVariable"> | undefined,
): Finding {
  const { ok, warning, notApplicable, needsRoot } = describeCheck("session-variables");
  if (settings === undefined) return notApplicable("not known while the settings cannot be read");
  const { callerVariable } = settings;
  if (callerVariable === undefined) return notApplicable("[session] caller_variable is not set");
  if (effective.kind === "unknown")
    return effective.why === "needs-root"
      ? needsRoot("querying sshd")
      : notApplicable("sshd does not report what is in force");
  const permission = judgePermission(variableNames(callerVariable), effective.values, files);
  const { value, source, remedy, hidden } = permission;
  const message = permissionWords(permission);
  const facts = { value, ...(source !== undefined && { by: describeSource(source) }) };
  if (remedy !== undefined) return warning(message, remedyWords(remedy), facts);
  return hidden === undefined ? ok(message, facts) : warning(message, HIDDEN_REMEDY, facts);
}
