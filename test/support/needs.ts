/**
 * Tests that need something of the system (a row of tools/requirements.ts). Where it is lacking they are skipped, and
 * the skip is written down, so that tools/test.ts can say loudly what was not run.
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

/** describe, where `need` is met. */
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

/** Stands in the title of every group that was skipped here, and written down. */
export const NOT_RUN = "not run,";

/** tools/test.ts has looked already; who runs vitest himself has not. */
function reasonFor(need: Need): string | undefined {
  const { EIC_LACKING } = process.env;
  if (EIC_LACKING === undefined) return missingFor(need);
  return (JSON.parse(EIC_LACKING) as Partial<Record<Need, string>>)[need];
}
