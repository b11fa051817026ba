/**
 * The executable's usual form. This script is run once, when the executable is built. The memory that it leaves is the
 * start-up snapshot, from which each call continues with `start`.
 * So every value that a module computes when it is loaded is as old as the build. Modules loaded here must not use a clock,
 * the environment, a random number or a process id outside of their functions, and must not keep data that one call could
 * learn from another. docs/decisions/0071-what-the-snapshot-holds.md
 */
import { writeSync } from "node:fs";
import { startupSnapshot } from "node:v8";
import "../audit/audit.ts";
import { start } from "./start.ts";
import { warmUp } from "./warm-up.ts";

startupSnapshot.setDeserializeMainFunction(start);
warmUp("warm-up").catch((error: unknown) => {
  writeSync(2, `${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
