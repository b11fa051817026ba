/** Judges the answers of a case: which keys were printed, and which had to be. Pure. */
import type { Answer, Case, Seen, StagedKey } from "./requirement.ts";

export interface Failure {
  /** The answer that is wrong, unless it is a condition about all of them that failed. */
  readonly answer?: Answer;
  /** The right answer. */
  readonly right: string;
}

export function assess(one: Case, seen: Seen): Failure[] {
  const failures = seen.answers.flatMap((answer) => {
    const right = wrongIn(answer, seen.keys);
    return right === undefined ? [] : [{ answer, right }];
  });
  if (failures.length > 0) return failures;
  const right = one.check?.(seen);
  return right === undefined ? [] : [{ right }];
}

/** Returns what would have been right, if the answer is wrong. */
function wrongIn(answer: Answer, keys: readonly StagedKey[]): string | undefined {
  const { user, fingerprint, stdout } = answer;
  if (answer.killed) return "an answer, and an end, within the limit of time";
  const lines = linesOf(stdout);
  const good = keys.filter((key) => key.is === "printed" && key.user === user);
  const mustPrint = fingerprint === "" ? good : good.filter((key) => key.fingerprint === fingerprint);
  const wanted = mustPrint.length === 0 ? "no key" : mustPrint.map(({ line }) => line).join(" and ");
  const foreign = lines.filter((line) => !good.some((key) => line.includes(key.blob)));
  if (foreign.length > 0) return `${wanted}, and not: ${foreign.join(" / ")}`;
  const isThere = (key: StagedKey) => lines.some((line) => line.includes(key.line));
  return mustPrint.every(isThere) ? undefined : wanted;
}

/** Returns the lines that sshd would read: it skips empty lines and comments (sshd(8), "AUTHORIZED_KEYS FILE FORMAT"). */
export const linesOf = (stdout: string): string[] =>
  stdout
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
