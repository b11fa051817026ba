/**
 * Counts the work of code by V8's count of executed blocks and functions. The number is the same on every machine, and
 * the code needs no changes for it. The whole work of native code in one call is one step.
 */
import { type Profiler, Session } from "node:inspector";

export interface Counted<T> {
  readonly value: T;
  /** Number of times that a block or function of the code was entered. */
  readonly steps: number;
  /** Returns how often a function of that name was called. */
  calls(name: string): number;
}

/** @param where part of the path of the counted files */
export function counted<T>(where: string, work: () => T): Counted<T> {
  const session = new Session();
  session.connect();
  try {
    session.post("Profiler.enable");
    session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
    const value = work();
    const scripts = taken(session).filter(({ url }) => url.includes(where));
    const functions = scripts.flatMap((script) => script.functions);
    if (functions.length === 0) throw new Error(`nothing of ${where} was run`);
    const steps = functions.flatMap(({ ranges }) => ranges).reduce((sum, { count }) => sum + count, 0);
    const calls = (name: string): number =>
      functions
        .filter(({ functionName }) => functionName === name)
        .reduce((sum, { ranges: [whole] }) => sum + (whole?.count ?? 0), 0);
    return { value, steps, calls };
  } finally {
    session.disconnect();
  }
}

/** Takes the coverage. `post` calls back before it returns, because the session belongs to this thread. */
function taken(session: Session): Profiler.ScriptCoverage[] {
  let list: Profiler.ScriptCoverage[] | undefined;
  session.post("Profiler.takePreciseCoverage", (error, { result }) => {
    if (error !== null) throw error;
    list = result;
  });
  if (list === undefined) throw new Error("the profiler did not answer");
  return list;
}
