/** Runs the built `conform`, and reads its JSON. */
import { resolve } from "node:path";
import type { RequirementReport } from "../../../src/simulator/conform/report.ts";
import { run } from "../../support/agent.ts";

/** Seconds for one call, only against hanging: on a slow machine every call is slow. */
const LIMIT = "60";

export const SIMULATOR = [process.execPath, resolve("dist/eic-simulator.cjs")] as const;

export interface Conformance {
  readonly status: number | null;
  readonly stderr: string;
  readonly conforms: boolean;
  readonly requirements: readonly RequirementReport[];
}

/** @param words options, "--" and the command */
export async function conformance(...words: string[]): Promise<Conformance> {
  const { status, stdout, stderr } = await run([...SIMULATOR, "conform", "--json", "--limit", LIMIT, ...words]);
  if (stdout === "") throw new Error(`no result, status ${status}: ${stderr}`);
  return { status, stderr, ...(JSON.parse(stdout) as Pick<Conformance, "conforms" | "requirements">) };
}

export const failed = ({ requirements }: Conformance): RequirementReport[] =>
  requirements.filter(({ outcome }) => outcome === "failed");
