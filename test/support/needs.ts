/**
 * Tests that need something of the system (a row of tools/requirements.ts). If it is missing, they are skipped, and the
 * skip is recorded, so that tools/test.ts can report prominently which tests did not run.
 */
import { appendFileSync } from "node:fs";
import { describe } from "vitest";
import { missingFor, NEEDS, type Need } from "../../tools/requirements.ts";

/** One line of the file that EIC_SKIPS names. */
export interface Skip {
  readonly need: Need;
  readonly title: string;
  readonly reason: string;
}

/** Calls describe if `need` is met; skips the group otherwise. */
export function describeWith(need: Need, title: string, body: () => void): void {
  const reason = reasonFor(need);
  if (reason === undefined) {
    describe(title, body);
    return;
  }
  const skip: Skip = { need, title, reason };
  if (process.env.EIC_SKIPS !== undefined) appendFileSync(process.env.EIC_SKIPS, `${JSON.stringify(skip)}\n`);
  describe.skip(`${title} [${NOT_RUN} ${NEEDS[need].about}: ${reason}]`, body);
}

/** Part of the title of every group that is skipped and recorded here. */
export const NOT_RUN = "not run,";

/** Uses the result of tools/test.ts, which has checked already; checks here if vitest was started directly. */
function reasonFor(need: Need): string | undefined {
  const { EIC_LACKING } = process.env;
  if (EIC_LACKING === undefined) return missingFor(need);
  return (JSON.parse(EIC_LACKING) as Partial<Record<Need, string>>)[need];
}
