/**
 * `AuthorizedKeysCommand none` in a Match block. sshd (6.9 to 10.0, at least) tries to run a command of that name at each
 * such login and logs that its path is not absolute. This is harmless. sshd's configuration accepts no other relative path,
 * so the log line has no other cause. Pure.
 */
import { type ConfigScan, describeSource, noneAsUndefined } from "../../sshd/inspect/config-walk.ts";
import type { Finding } from "../finding.ts";
import type { SshdLine } from "./penalties.ts";

export const NOT_ABSOLUTE = /AuthorizedKeysCommand path is not absolute$/;

/** Adds a note about the log line to the finding of `last-call`; it never makes the status worse. */
export function withNoneInMatch(finding: Finding, line: SshdLine | undefined, walk: ConfigScan): Finding {
  if (line === undefined) return finding;
  const block = walk.settings.find(
    ({ keyword, value, match }) =>
      keyword === "authorizedkeyscommand" && match.length > 0 && noneAsUndefined(value) === undefined,
  );
  const where =
    block === undefined ? "a Match block that no longer exists" : describeSource({ kind: "file", ...block });
  const note = `at ${line.at} sshd logged "AuthorizedKeysCommand path is not absolute": its message for a user without a command (${where}); the command itself is correct`;
  return { ...finding, message: `${finding.message}; ${note}` };
}
