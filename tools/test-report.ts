/** Results of a test run, from vitest's JSON report and the skips that test/support/needs.ts recorded. */
import type { Skip } from "../test/support/needs.ts";
import { NEEDS } from "./requirements.ts";

export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Groups that were skipped because a need was missing on the system. */
  readonly lacking: readonly Skip[];
  /** Tests that were skipped for any other reason. */
  readonly others: readonly string[];
}

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
      /** Milliseconds. */
      readonly duration?: number | null;
    }[];
  }[];
}

/** @param report as vitest wrote it; "" if it wrote no report, which counts as one failure */
export function readOutcome(report: string, skips: string): Outcome {
  const lacking = skips
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Skip);
  if (report === "") return { passed: 0, failed: 1, skipped: 0, lacking, others: [] };
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(report) as Report;
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const skipped = tests.filter(({ status }) => status !== "passed" && status !== "failed");
  // A file that could not be loaded has no failed tests.
  const broken = testResults.filter(
    ({ status, assertionResults }) => status === "failed" && !assertionResults.some((one) => one.status === "failed"),
  );
  return {
    passed: numPassedTests,
    failed: numFailedTests + broken.length,
    skipped: skipped.length,
    lacking,
    others: skipped
      .map(({ fullName }) => fullName)
      .filter((name) => !lacking.some(({ title }) => name.includes(title))),
  };
}

/**
 * Returns every test below the title of its group, with its result and its duration in seconds.
 * @param report as for readOutcome
 */
export function listOf(report: string): string[] {
  if (report === "") return [];
  const tests = (JSON.parse(report) as Report).testResults.flatMap(({ assertionResults }) => assertionResults);
  const groups = Map.groupBy(tests, ({ ancestorTitles }) => ancestorTitles.join(": "));
  const lines = [...groups].flatMap(([group, inIt]) => [
    "",
    group,
    ...inIt.map(({ title, status, duration }) => {
      const seconds = ((duration ?? 0) / 1000).toFixed(1).padStart(6);
      return `  ${status.padEnd(7)}${seconds} s  ${title}`;
    }),
  ]);
  return [...lines, ""];
}

/** Returns the last lines of a run. */
export function summary({ passed, failed, skipped, lacking, others }: Outcome): string[] {
  const counts = `${passed} passed, ${failed} failed, ${skipped} skipped`;
  if (lacking.length === 0 && others.length === 0) return [counts];
  const groups = Map.groupBy(lacking, ({ need, reason }) => `${NEEDS[need].about}: ${reason}`);
  return [
    "",
    "======== NOT RUN ========",
    ...[...groups].flatMap(([what, skips]) => [what, ...skips.map(({ title }) => `  ${title}`)]),
    ...(others.length === 0 ? [] : ["skipped by the tests themselves", ...others.map((name) => `  ${name}`)]),
    "Tests that were not run prove nothing. With CI=true this is a failure.",
    "=========================",
    "",
    counts,
  ];
}
