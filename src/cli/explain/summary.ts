/** A capture in one line: what was saved, and the answer. Pure. */
import type { Explanation } from "../../explain/explanation.ts";
import { plural, safe } from "../text.ts";

export function summary({ answer, steps }: Explanation, file: string, redacted: boolean): string {
  const replies = steps.flatMap(({ requests }) => requests).length;
  const names = redacted ? ", names replaced" : "";
  return `${file}: ${plural(replies, "reply", "replies")} kept${names}; ${words(answer)}`;
}

function words(answer: Explanation["answer"]): string {
  if (answer.kind === "fault") return `${answer.code}: ${safe(answer.message)}`;
  if (answer.kind === "no-keys") return answer.message;
  return `${plural(answer.accepted, "key")} accepted, ${answer.refused} refused`;
}
